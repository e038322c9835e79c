import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { brokerProperties, type BrokerPlan } from './kafka-properties.ts';
import { prometheusConfig } from './prometheus.ts';
import { BROKER_PORT_STEP, services } from './service.ts';

const broker = (id: number, proxied: BrokerPlan['proxied'] = null): BrokerPlan => ({
  id,
  port: 19_000 + id,
  controllerPort: 19_100 + id,
  proxied,
});

const read = (text: string): Map<string, string> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('server.properties', () => {
  test('one broker: one copy, no topic made by accident', () => {
    const one = broker(1);
    const properties = read(brokerProperties(one, [one], '/data'));
    expect(properties.get('listeners')).toBe(
      'PLAINTEXT://127.0.0.1:19001,CONTROLLER://127.0.0.1:19101',
    );
    expect(properties.get('advertised.listeners')).toBe('PLAINTEXT://127.0.0.1:19001');
    expect(properties.get('min.insync.replicas')).toBe('1');
    expect(properties.get('default.replication.factor')).toBe('1');
    expect(properties.get('auto.create.topics.enable')).toBe('false');
    expect(properties.has('broker.session.timeout.ms')).toBe(false);
  });

  test('three brokers: three copies, two of them in sync, quick fail-over', () => {
    const all = [broker(1), broker(2), broker(3)];
    const properties = read(brokerProperties(broker(2), all, '/data'));
    expect(properties.get('node.id')).toBe('2');
    expect(properties.get('controller.quorum.voters')).toBe(
      '1@127.0.0.1:19101,2@127.0.0.1:19102,3@127.0.0.1:19103',
    );
    expect(properties.get('default.replication.factor')).toBe('3');
    expect(properties.get('min.insync.replicas')).toBe('2');
    expect(properties.get('broker.session.timeout.ms')).toBe('3000');
  });

  test('behind a proxy clients are told the port of the proxy', () => {
    const one = broker(1, { port: 19_201, advertisedPort: 19_301 });
    const properties = read(brokerProperties(one, [one], '/data'));
    expect(properties.get('listeners')).toContain('PROXIED://127.0.0.1:19201');
    expect(properties.get('advertised.listeners')).toContain('PROXIED://127.0.0.1:19301');
  });
});

describe('compose.yaml', () => {
  const compose = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8');
  const section = (name: string): string =>
    new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';

  test.each(['postgres', 'redis', 'registry'] as const)('%s is the one of the table', (name) => {
    const { container, port } = services[name];
    expect(section(name)).toContain(`image: ${container?.image}\n`);
    const variable = `${name.toUpperCase()}_PORT`;
    expect(section(name)).toContain(
      `ports: ['127.0.0.1:\${${variable}:-${port}}:${container?.port}']`,
    );
  });

  test.each([1, 2, 3])('broker %i is the one of the table', (id) => {
    const { container, port } = services.kafka;
    const outside = `127.0.0.1:\${KAFKA_${id}_PORT:-${port + (id - 1) * BROKER_PORT_STEP}}`;
    expect(compose).toContain(`image: ${container?.image}\n`);
    expect(section(`kafka-${id}`)).toContain(`ports: ['${outside}:${container?.port}']`);
    expect(section(`kafka-${id}`)).toContain(`HOST://${outside},INTERNAL://kafka-${id}:9094`);
    expect(section(`kafka-${id}`)).toContain(`KAFKA_NODE_ID: ${id}\n`);
  });

  test('every port is open on this machine alone', () => {
    const ports = [...compose.matchAll(/ports: \['([^']+)'\]/g)].map(([, port]) => port);
    expect(ports).toHaveLength(6);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

test('the Prometheus configuration has all its places filled in', () => {
  const template = readFileSync(
    new URL('../../../prometheus/prometheus.yml', import.meta.url),
    'utf8',
  );
  const config = prometheusConfig(template, {
    targets: '/data/targets.json',
    rules: '/rules',
    alertmanagers: '/data/alertmanagers.json',
  });
  expect(config).toContain("- files: ['/data/targets.json']");
  expect(config).toContain("- files: ['/data/alertmanagers.json']");
  expect(config).toContain("- '/rules/*.yml'");
  expect(config).not.toContain('${');
});

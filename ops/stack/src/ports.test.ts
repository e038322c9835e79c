import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPorts, isPortFree } from './ports.ts';

let folder: string;
const servers: Server[] = [];
const portsOf = (stack: string) =>
  createPorts({ memoryFile: join(folder, stack), reservations: join(folder, 'reservations') });

/** Listens on a port of the system's choice. */
const occupy = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    servers.push(server);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ports-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((end) => server.close(end))));
  rmSync(folder, { recursive: true, force: true });
});

describe('choosing a port', () => {
  test('passes over a port on which somebody listens', async () => {
    const taken = await occupy();
    expect(await isPortFree(taken)).toBe(false);
    expect(await portsOf('a').choose('redis', taken)).toBeGreaterThan(taken);
  });

  test('never gives two names of one stack the same port', async () => {
    const ports = portsOf('a');
    const first = await ports.choose('kafka-1', 21_500);
    expect(await ports.choose('kafka-1-controller', 21_500)).not.toBe(first);
    expect(await ports.choose('kafka-1', 21_500)).toBe(first);
  });

  test('two stacks that choose before either listens do not meet', async () => {
    const chosen = await Promise.all(
      ['a', 'b', 'c'].map((stack) => portsOf(stack).choose('postgres', 21_600)),
    );
    expect(new Set(chosen).size).toBe(3);
  });

  test('the next start gets the port of the last one', async () => {
    const first = portsOf('a');
    const port = await first.choose('registry', 21_700);
    first.release();
    const other = portsOf('b');
    expect(await other.choose('registry', 21_700)).toBe(port);
    other.release();
    expect(await portsOf('a').choose('registry', 21_750)).toBe(port);
  });

  test('the reservation of a dead launcher is taken over', async () => {
    const ports = portsOf('a');
    const port = await ports.choose('redis', 21_800);
    ports.release();
    writeFileSync(join(folder, 'reservations', String(port)), '999999999 1');
    expect(await portsOf('b').claim('redis', port)).toBe(true);
  });

  test('claiming a taken port says no', async () => {
    expect(await portsOf('a').claim('edge', await occupy())).toBe(false);
  });
});

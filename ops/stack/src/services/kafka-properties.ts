/** One combined broker and controller, as `server.properties` describes it. */
export type BrokerPlan = {
  id: number;
  port: number;
  controllerPort: number;
  /** Listens here for a proxy; clients are told the proxy's port instead. */
  proxied: { port: number; advertisedPort: number } | null;
};

/** With these a killed leader is replaced in 3–6 s instead of 9–14. */
const quickFailover = {
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
  'controller.quorum.fetch.timeout.ms': 1000,
  'controller.quorum.election.timeout.ms': 500,
};

const listenersOf = ({ port, controllerPort, proxied }: BrokerPlan): Record<string, string> => {
  const listeners = [`PLAINTEXT://127.0.0.1:${port}`];
  const advertised = [...listeners];
  if (proxied !== null) {
    listeners.push(`PROXIED://127.0.0.1:${proxied.port}`);
    advertised.push(`PROXIED://127.0.0.1:${proxied.advertisedPort}`);
  }
  listeners.push(`CONTROLLER://127.0.0.1:${controllerPort}`);
  return {
    listeners: listeners.join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
  };
};

/**
 * The text of a broker's `server.properties`.
 * @param plan the broker · @param all every broker of the cluster
 * @param dataFolder its log folder
 */
export const brokerProperties = (
  plan: BrokerPlan,
  all: readonly BrokerPlan[],
  dataFolder: string,
): string => {
  const copies = Math.min(all.length, 3);
  const inSync = Math.max(copies - 1, 1);
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': plan.id,
    'controller.quorum.voters': all
      .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
      .join(','),
    ...listenersOf(plan),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 2_097_152, // the default takes a third of our heap
    'log.segment.bytes': 134_217_728,
    'num.network.threads': 2,
    'num.io.threads': 4,
    ...(all.length > 1 ? quickFailover : {}),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
};

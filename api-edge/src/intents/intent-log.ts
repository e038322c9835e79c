import { Fault } from '@wallet/runtime';
import type { Codec, Decoded, OutboundRecord, Publisher, Topic } from '@wallet/schemas';

/** The wire, as far as the door needs it. */
export type OpenLog = { codec: Codec; publisher: Publisher };

/**
 * Kafka as the edge sees it: intents are encoded, published and, from what Redis kept of them,
 * decoded. Until the schema registry has answered for the first time everything here is a
 * retriable fault, so that the door may open before.
 */
export type IntentLog = {
  isOpen(): boolean;
  encode<T>(topic: Topic<T>, intent: T): Buffer;
  decode<T>(topic: Topic<T>, bytes: Buffer): Promise<T>;
  /** Resolves when every in-sync replica has the record. Rejects with a Fault of the publisher. */
  publish(record: OutboundRecord): Promise<void>;
};

export function createIntentLog(opening: Promise<OpenLog>): IntentLog {
  let opened: OpenLog | null = null;
  // A failure to open is the opener's to report; here the log merely stays closed.
  opening.then(
    (log) => (opened = log),
    () => undefined,
  );
  const open = (): OpenLog => {
    if (opened !== null) return opened;
    throw new Fault('log_not_open', 'no schema ids yet: the registry has not answered', {
      retriable: true,
    });
  };
  return {
    isOpen: () => opened !== null,
    encode: (topic, intent) => open().codec.encode(topic, intent),
    async decode(topic, bytes) {
      const { codec } = open();
      let decoded = codec.decode(topic, bytes);
      if (!decoded.ok && decoded.reason === 'schema_not_loaded') {
        await codec.load([{ value: bytes }]);
        decoded = codec.decode(topic, bytes);
      }
      return valueOf(decoded);
    },
    publish: (record) => open().publisher.publish(record),
  };
}

function valueOf<T>(decoded: Decoded<T>): T {
  if (decoded.ok) return decoded.value;
  throw new Fault('record_undecodable', `${decoded.reason}: ${decoded.detail}`, {
    retriable: false,
  });
}

// The deep imports of kafkajs (request-timer.ts, produce-request.ts); only what is replaced, or
// compared with, is described.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  export default RequestQueue;
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { Message } from 'kafkajs';

  export type ProduceArguments = {
    acks: number;
    timeout: number;
    transactionalId?: string | null;
    producerId?: number | string;
    compression?: number;
    topicData: readonly {
      topic: string;
      partitions: readonly { partition: number; messages: readonly Message[] }[];
    }[];
  };
  type Encoded = { buf: Buffer; buffer: Buffer; size(): number };
  type Made = { request: { apiKey: number; encode(): Promise<Encoded> }; response: unknown };

  const produce: {
    protocol(options: { version: number }): (request: ProduceArguments) => Made;
  };
  export default produce;
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request.js' {
  import type { ProduceArguments } from 'kafkajs/src/protocol/requests/produce/index.js';

  const request: (given: ProduceArguments) => { encode(): Promise<{ buffer: Buffer }> };
  export default request;
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  const crc32C: (bytes: Buffer) => number;
  export default crc32C;
}

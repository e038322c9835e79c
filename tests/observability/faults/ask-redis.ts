import { createRequestBuffer, openRedisSession } from '@wallet/runtime/redis';

/** Sends one command. @throws with what Redis said when it refuses */
export function askRedis(url: string, parts: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const buffer = createRequestBuffer();
    const session = openRedisSession({
      ...{ target: new URL(url), prepare: [] },
      onReady() {
        buffer.command(parts.length);
        for (const part of parts) buffer.text(part);
        session.send(buffer.take(), 1, (reply) => {
          if (reply.kind === 'error') reject(new Error(`${parts.join(' ')}: ${reply.message}`));
          else resolve();
          session.end('done');
        });
      },
      onLost: (reason) => reject(new Error(`Redis: ${reason}`)),
    });
  });
}

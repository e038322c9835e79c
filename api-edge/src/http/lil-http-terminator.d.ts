declare module 'lil-http-terminator' {
  import type { Server } from 'node:http';

  /** Closes a server after its requests under way; never rejects. */
  const createHttpTerminator: (options: {
    server: Server;
    /** Milliseconds requests get to finish. */
    gracefulTerminationTimeout?: number;
    /** Milliseconds after which termination gives up. */
    maxWaitTimeout?: number;
    logger?: { warn(message: string): void };
  }) => { terminate(): Promise<{ success: boolean; code: string; message: string }> };
  export = createHttpTerminator;
}

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { refuse, type Refusal } from '../problems.ts';

/** The contract's bound for every operation but those that name their own. */
export const bodyLimitBytes = 65_536;

/** A number written with a fraction or an exponent, as the value of a member. */
const suspectNumber = /:\s*-?\d+[.eE]/;

/**
 * Reads a whole body; refuses more than `limitBytes`, early when the length is announced. The rest
 * of a refused body is not read: the caller must close the connection.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes = bodyLimitBytes,
): Promise<Buffer | Refusal> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
    return Promise.resolve(refuse('payload_too_large'));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) {
        request.pause();
        resolve(refuse('payload_too_large'));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    // A client that leaves is an error of this stream too.
    request.on('error', () => reject(new ClientGone()));
  });
}

/** Bodies of an operation that may be larger than others, and so not many at once. */
export type LargeBody = {
  readonly limitBytes: number;
  read(request: IncomingMessage): Promise<Buffer | Refusal>;
};

/** What would be one body too many at once is `overloaded`, before a byte of it is kept. */
export function createLargeBody(options: { limitBytes: number; atOnce: number }): LargeBody {
  const { limitBytes, atOnce } = options;
  let reading = 0;
  return {
    limitBytes,
    async read(request) {
      if (reading >= atOnce) {
        // Read away, so that the connection can go on.
        request.resume();
        return refuse('overloaded');
      }
      reading += 1;
      try {
        const bytes = await readBody(request, limitBytes);
        if (!('problem' in bytes)) return bytes;
        const detail = `The body may have at most ${limitBytes.toLocaleString('en')} bytes.`;
        return { ...bytes, detail };
      } finally {
        reading -= 1;
      }
    },
  };
}

/** The client left before its body was whole: nobody is there to answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}

/**
 * Parses JSON. A number with a fraction or exponent that happens to be whole (`1e2`, `1.0`) comes
 * out as its text: money is written in digits, so every integer field refuses it.
 */
export function parseJson(body: Buffer): { ok: true; value: unknown } | { ok: false } {
  if (!isUtf8(body)) return { ok: false };
  const text = body.toString();
  try {
    // The slow way, with the source of each number, only where there is something to find.
    if (suspectNumber.test(text)) return { ok: true, value: JSON.parse(text, keepSource) };
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false }; // what exactly is wrong is the client's to find: the parser's words vary
  }
}

/** Engines pass the text of each primitive as `context.source`. */
function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return Number.isInteger(value) && source !== undefined && /[.eE]/.test(source) ? source : value;
}

/** Parses a form (RFC 6749 uses them); of a repeated parameter the last counts. */
export function parseForm(body: Buffer): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

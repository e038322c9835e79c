/** What Redis says to one command. Integers and arrays never occur in what we ask. */
export type Reply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'error'; readonly code: string; readonly message: string };

const CR = 13;
const lineLimitBytes = 64 * 1024;

/**
 * Cuts a stream of RESP2 into replies. `push` takes the next bytes and calls `onReply` for every
 * reply that is whole. Throws when the stream is not RESP: the connection is of no use then.
 */
export function createReplyReader(onReply: (reply: Reply) => void): { push(bytes: Buffer): void } {
  let held: Buffer[] = [];
  let heldBytes = 0;
  // While a long text is under way, nothing is looked at before it can be whole.
  let wantedBytes = 1;

  return {
    push(bytes) {
      held.push(bytes);
      heldBytes += bytes.length;
      if (heldBytes < wantedBytes) return;
      const buffer = held.length === 1 ? bytes : Buffer.concat(held, heldBytes);
      const cursor: Cursor = { buffer, position: 0, wantedBytes: 1 };
      for (let reply = readReply(cursor); reply !== null; reply = readReply(cursor)) onReply(reply);
      wantedBytes = cursor.wantedBytes;
      held = cursor.position === buffer.length ? [] : [buffer.subarray(cursor.position)];
      heldBytes = buffer.length - cursor.position;
    },
  };
}

/** Where the next reply begins, and how much of it there must be before it is worth a look. */
type Cursor = { readonly buffer: Buffer; position: number; wantedBytes: number };

const nothing: Reply = { kind: 'nothing' };
const ok: Reply = { kind: 'text', text: 'OK' };
// Most of what Redis says to the edge; known by their bytes, they cost no text and no object.
const nothingBytes = [...Buffer.from('$-1\r\n')];
const okBytes = [...Buffer.from('+OK\r\n')];

/** The next reply, or null when it is not whole. */
function readReply(cursor: Cursor): Reply | null {
  if (startsWith(cursor, nothingBytes)) return passed(cursor, nothingBytes.length, nothing);
  if (startsWith(cursor, okBytes)) return passed(cursor, okBytes.length, ok);
  const { buffer, position } = cursor;
  const lineEnd = buffer.indexOf(CR, position);
  const leftBytes = buffer.length - position;
  if (lineEnd === -1 || lineEnd + 2 > buffer.length) {
    if (leftBytes > lineLimitBytes) throw new Error('Redis sent an endless line');
    cursor.wantedBytes = leftBytes + 1;
    return null;
  }
  const line = buffer.toString('latin1', position + 1, lineEnd);
  const lineBytes = lineEnd + 2 - position;
  switch (buffer[position]) {
    case 0x2b: // +
    case 0x3a: // :
      return passed(cursor, lineBytes, { kind: 'text', text: line });
    case 0x2d: // -
      return passed(cursor, lineBytes, errorReply(line));
    case 0x24: {
      // $
      const length = Number(line);
      if (!Number.isInteger(length) || length < 0) throw new Error('Redis sent a broken length');
      cursor.wantedBytes = lineBytes + length + 2;
      if (cursor.wantedBytes > leftBytes) return null;
      const bytes = buffer.subarray(lineEnd + 2, lineEnd + 2 + length);
      return passed(cursor, cursor.wantedBytes, { kind: 'bytes', bytes });
    }
    default:
      throw new Error(`Redis sent an unexpected reply type: ${buffer[position]}`);
  }
}

function startsWith({ buffer, position }: Cursor, bytes: readonly number[]): boolean {
  for (let index = 0; index < bytes.length; index += 1) {
    if (buffer[position + index] !== bytes[index]) return false;
  }
  return true;
}

function passed(cursor: Cursor, bytes: number, reply: Reply): Reply {
  cursor.position += bytes;
  cursor.wantedBytes = 1;
  return reply;
}

function errorReply(line: string): Reply {
  const space = line.indexOf(' ');
  const code = space === -1 ? line : line.slice(0, space);
  return { kind: 'error', code, message: line };
}

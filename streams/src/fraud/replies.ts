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
      let position = 0;
      for (;;) {
        const step = readReply(buffer, position);
        if ('wantedBytes' in step) {
          wantedBytes = step.wantedBytes;
          break;
        }
        position = step.end;
        onReply(step.reply);
      }
      held = position === buffer.length ? [] : [buffer.subarray(position)];
      heldBytes = buffer.length - position;
    },
  };
}

type Step = { reply: Reply; end: number } | { wantedBytes: number };

function readReply(buffer: Buffer, start: number): Step {
  const lineEnd = buffer.indexOf(CR, start);
  if (lineEnd === -1 || lineEnd + 2 > buffer.length) {
    if (buffer.length - start > lineLimitBytes) throw new Error('Redis sent an endless line');
    return { wantedBytes: buffer.length - start + 1 };
  }
  const line = buffer.toString('latin1', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (buffer[start]) {
    case 0x2b: // +
    case 0x3a: // :
      return { reply: { kind: 'text', text: line }, end: next };
    case 0x2d: // -
      return { reply: errorReply(line), end: next };
    case 0x24: {
      // $
      const length = Number(line);
      if (length === -1) return { reply: { kind: 'nothing' }, end: next };
      if (!Number.isInteger(length) || length < 0) throw new Error('Redis sent a broken length');
      const end = next + length + 2;
      if (end > buffer.length) return { wantedBytes: end - start };
      const bytes = buffer.subarray(next, next + length);
      return { reply: { kind: 'bytes', bytes }, end };
    }
    default:
      throw new Error(`Redis sent an unexpected reply type: ${buffer[start]}`);
  }
}

function errorReply(line: string): Reply {
  const space = line.indexOf(' ');
  const code = space === -1 ? line : line.slice(0, space);
  return { kind: 'error', code, message: line };
}

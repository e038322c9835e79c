/**
 * Writes RESP commands into one growing buffer. A request is built whole and sent with one write:
 * that, and binary arguments, is what makes this cheaper than a general client.
 */
export type RequestBuffer = {
  /** Begins a command of `parts` parts; exactly that many must follow. */
  command(parts: number): void;
  text(part: string): void;
  /** Begins a binary part of `length` bytes; the numbers that follow must fill it. */
  binary(length: number): void;
  float64(value: number): void;
  uint32(value: number): void;
  uint16(value: number): void;
  uint8(value: number): void;
  /** Ends a binary part. */
  endBinary(): void;
  /** A copy of all that was written; the buffer is empty afterwards. */
  take(): Buffer;
};

const firstSizeBytes = 64 * 1024;
/** More than any fixed-size piece written at once. */
const slackBytes = 64;

export function createRequestBuffer(): RequestBuffer {
  let buffer = Buffer.allocUnsafeSlow(firstSizeBytes);
  let end = 0;

  function reserve(bytes: number): void {
    if (end + bytes + slackBytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, end + bytes + slackBytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  function header(sign: '*' | '$', count: number): void {
    end += buffer.write(`${sign}${count}\r\n`, end, 'latin1');
  }

  return {
    command(parts) {
      reserve(0);
      header('*', parts);
    },
    text(part) {
      const length = Buffer.byteLength(part);
      reserve(length);
      header('$', length);
      end += buffer.write(part, end, 'utf8');
      end += buffer.write('\r\n', end, 'latin1');
    },
    binary(length) {
      reserve(length);
      header('$', length);
    },
    float64(value) {
      end = buffer.writeDoubleLE(value, end);
    },
    uint32(value) {
      end = buffer.writeUInt32LE(value, end);
    },
    uint16(value) {
      end = buffer.writeUInt16LE(value, end);
    },
    uint8(value) {
      end = buffer.writeUInt8(value, end);
    },
    endBinary() {
      end += buffer.write('\r\n', end, 'latin1');
    },
    take() {
      const request = Buffer.from(buffer.subarray(0, end));
      end = 0;
      return request;
    },
  };
}

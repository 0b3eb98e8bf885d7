import type { IncomingMessage } from 'node:http';

/** More than any question needs. */
export const mostBytes = 1_048_576;
/** What is read of a larger one and thrown away, so that its sender gets to read why it was refused. */
const mostDiscarded = 16 * mostBytes;

export type Body = { value: unknown } | { refused: 'too large' | 'no JSON' };

/** The JSON that a request brings, if it is no larger than may be. Rejects if the sender goes away. */
export function readBody(request: IncomingMessage): Promise<Body> {
  return new Promise((resolve, reject) => {
    let parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= mostBytes) {
        parts.push(part);
        return;
      }
      parts = [];
      resolve({ refused: 'too large' });
      if (bytes > mostDiscarded) request.destroy();
    });
    request.once('end', () => resolve(parsed(Buffer.concat(parts))));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client went away')));
  });
}

function parsed(bytes: Buffer): Body {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { refused: 'no JSON' };
  }
}

import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

/** What stands between a client and the store: undefined lets a request through. */
export type Fault = 'slow_down' | 'hang' | 'cut' | 'refuse' | 'denied' | 'torn' | undefined;

export interface S3Server {
  endpoint: string;
  /** For a command's environment. */
  settings: Record<string, string>;
  /** What happens to the request `n` (from 1); may be changed at any time. */
  fault: (request: IncomingMessage, n: number) => Fault;
  requests: number;
  /** How often each fault was met. */
  met: Map<string, number>;
  close(): Promise<void>;
}

export const bucket = 'lake-bucket';

/** A real S3-protocol server (s3rver) on loopback with one bucket, and faults before it. `page_size`: of listings. */
export async function startS3Server({ page_size }: { page_size?: number } = {}): Promise<S3Server> {
  const store = new S3rver({
    directory: mkdtempSync(join(tmpdir(), 'sproute-s3-')),
    silent: true,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  await store.configureBuckets();
  const answer = store.callback();
  const server = createServer((request, response) => {
    s3.requests += 1;
    const fault = s3.fault(request, s3.requests);
    if (page_size !== undefined) request.url = request.url?.replace('max-keys=1000', `max-keys=${page_size}`) ?? '';
    if (fault === undefined) return void answer(request, response);
    s3.met.set(fault, (s3.met.get(fault) ?? 0) + 1);
    spoil(fault, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const s3: S3Server = {
    endpoint,
    settings: {
      LAKE_URI: `s3://${bucket}/some/prefix`,
      LAKE_S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    fault: () => undefined,
    requests: 0,
    met: new Map(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return s3;
}

function spoil(fault: Exclude<Fault, undefined>, request: IncomingMessage, response: ServerResponse): void {
  switch (fault) {
    case 'hang':
      request.resume();
      return;
    case 'refuse':
      request.socket.destroy();
      return;
    case 'cut':
      // In the middle of what is uploaded.
      request.once('data', () => request.socket.destroy());
      request.once('end', () => request.socket.destroy());
      return;
    case 'torn':
      request.resume();
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"call_no": 1', () => request.socket.destroy());
      return;
    case 'slow_down':
      refuse(request, response, 503, 'SlowDown', 'Please reduce your request rate.');
      return;
    case 'denied':
      refuse(request, response, 403, 'AccessDenied', 'Access Denied');
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): void {
  request.resume();
  request.once('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    );
  });
}

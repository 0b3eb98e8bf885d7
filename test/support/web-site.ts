import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebSite {
  url(path: string): string;
  /** Every request, in order. */
  requests: { path: string; headers: IncomingMessage['headers'] }[];
  /** The most requests that were open at one time. */
  busiest(): number;
  close(): Promise<void>;
}

/** A real web server on loopback; `answer` writes the whole response. */
export async function startSite(
  answer: (path: string, response: ServerResponse, request: IncomingMessage) => unknown,
): Promise<WebSite> {
  const requests: WebSite['requests'] = [];
  let open = 0;
  let busiest = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, headers: request.headers });
    open += 1;
    busiest = Math.max(busiest, open);
    response.on('close', () => {
      open -= 1;
    });
    answer(path, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    requests,
    busiest: () => busiest,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

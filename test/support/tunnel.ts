import { createServer, connect as openSocket, type Socket } from 'node:net';

/** A way to the database that can be cut in the middle: packets stop, but nobody is told. */
export async function startTunnel(url: string) {
  const target = new URL(url);
  const pairs = new Set<[Socket, Socket]>();
  let isDead = false;
  const server = createServer((near) => {
    const far = openSocket(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    near.on('data', (bytes) => isDead || far.write(bytes));
    far.on('data', (bytes) => isDead || near.write(bytes));
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => pairs.delete(pair));
    }
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const through = new URL(url);
  through.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: through.toString(),
    cut: () => {
      isDead = true;
    },
    /** New connections work again; the old ones stay half open. */
    mend: () => {
      for (const [near, far] of pairs) {
        near.removeAllListeners('data');
        far.removeAllListeners('data');
      }
      isDead = false;
    },
    close: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
    },
  };
}

import { Socket } from 'node:net';
import { within } from '../within.ts';

/** What every connection is opened with: a peer that is silent is noticed in ten seconds while connecting, in twenty later. */
export const connectionSettings = {
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
};

const farewellMs = 3_000;

/** The sockets below some connections, so that closing them never waits for a peer that is gone. */
export class Sockets {
  readonly #open = new Set<Socket>();

  /** A new one; the driver connects it. */
  readonly make = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    return socket.once('close', () => this.#open.delete(socket));
  };

  /** Lets the connections say goodbye, then cuts those that hear no answer. */
  async closeAfter(farewell: Promise<unknown> | undefined): Promise<void> {
    await within(farewellMs, farewell);
    for (const socket of this.#open) socket.destroy();
  }
}

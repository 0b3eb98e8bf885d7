import pg from 'pg';
import { connectionSettings, Sockets } from './sockets.ts';

export interface ListenOptions {
  /** How often the connection is tried, ms. */
  check_ms?: number;
  /** How long connecting or a try may take before the connection counts as lost, ms. */
  timeout_ms?: number;
}

/**
 * Holds a connection that listens on a channel and calls back on every notification. A connection that is lost or half
 * open is noticed and replaced; polling covers the gap, so errors are not raised. Resolves with how to stop.
 */
export async function listenForWork(
  url: string,
  channel: string,
  onNotify: () => void,
  { check_ms = 15_000, timeout_ms = 10_000 }: ListenOptions = {},
): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let delay = 250;
  const sockets = new Sockets();

  async function open(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'sproute listen',
      ...connectionSettings,
      connectionTimeoutMillis: timeout_ms,
      query_timeout: timeout_ms,
      stream: sockets.make,
    });
    fresh.on('error', () => reopen(fresh));
    fresh.on('end', () => reopen(fresh));
    fresh.on('notification', onNotify);
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch {
      reopen(fresh);
      return;
    }
    if (isClosed) {
      await fresh.end();
      return;
    }
    client = fresh;
    delay = 250;
    timer = setTimeout(() => void check(fresh), check_ms);
    timer.unref();
    // What was enqueued while nobody listened.
    onNotify();
  }

  async function check(current: pg.Client): Promise<void> {
    try {
      await current.query('SELECT 1');
      timer = setTimeout(() => void check(current), check_ms);
      timer.unref();
    } catch {
      reopen(current);
    }
  }

  const buried = new WeakSet<pg.Client>();
  function reopen(dead: pg.Client): void {
    if (buried.has(dead)) return;
    buried.add(dead);
    clearTimeout(timer);
    if (client === dead) client = undefined;
    dead.end().catch(() => {});
    if (isClosed) return;
    timer = setTimeout(() => void open(), delay);
    timer.unref();
    delay = Math.min(delay * 2, 30_000);
  }

  await open();
  return async () => {
    isClosed = true;
    clearTimeout(timer);
    const last = client;
    client = undefined;
    if (last) buried.add(last);
    // One that is just being opened has nobody to say goodbye to.
    await sockets.closeAfter(last?.end());
  };
}

import pg from 'pg';

const checkMs = 15_000;
const checkTimeoutMs = 10_000;

/**
 * Holds a connection that listens on a channel and calls back on every notification. A connection that is lost or half
 * open is noticed and replaced; polling covers the gap, so errors are not raised. Resolves with how to stop.
 */
export async function listenForWork(url: string, channel: string, onNotify: () => void): Promise<() => Promise<void>> {
  let client: pg.Client | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let delay = 250;

  async function open(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'sproute listen',
      keepAlive: true,
      connectionTimeoutMillis: checkTimeoutMs,
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
    timer = setTimeout(() => void check(fresh), checkMs);
    timer.unref();
    // What was enqueued while nobody listened.
    onNotify();
  }

  async function check(current: pg.Client): Promise<void> {
    const silence = setTimeout(() => reopen(current), checkTimeoutMs);
    try {
      await current.query('SELECT 1');
      timer = setTimeout(() => void check(current), checkMs);
      timer.unref();
    } catch {
      reopen(current);
    } finally {
      clearTimeout(silence);
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
    if (last) {
      buried.add(last);
      await last.end().catch(() => {});
    }
  };
}

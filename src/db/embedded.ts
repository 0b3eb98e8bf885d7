import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { type EmbeddedPlace, embeddedFailure, embeddedPlace } from './embedded-place.ts';
import { connectTo, ensureRunning, isUp, stop, urlOf } from './embedded-server.ts';
import { withStartLock } from './start-lock.ts';

/** The embedded server as one command uses it. */
export interface EmbeddedUse {
  url: string;
  place: EmbeddedPlace;
  /** Starts it again if it died (a crash, `kill -9`, a power cut is survived by the data); nothing if it runs. */
  revive(): Promise<void>;
  /** Gives it back; the last one out stops the server. Close every other connection first. */
  release(): Promise<void>;
}

/** Every command that uses the server holds this advisory lock shared; who gets it exclusive is alone. */
const useLock = 7_365_526_001;

/** Starts the embedded PostgreSQL of a project folder if it is not running, and uses it. Throws EMBEDDED_FAILED. */
export async function openEmbedded(folder: string): Promise<EmbeddedUse> {
  const place = await embeddedPlace(folder);
  let holder = await occupy(place);
  const { port } = place;
  let reviving: Promise<void> | undefined;
  let isHeld = true;
  let isReleased = false;
  // A holder that is lost holds nothing: another command would stop the server under us.
  const watch = () => {
    isHeld = true;
    holder.once('end', () => {
      isHeld = false;
      if (!isReleased) void use.revive().catch(() => {});
    });
  };
  const revive = async () => {
    if (isReleased || (isHeld && (await isUp(place)))) return;
    await holder.end().catch(() => {});
    holder = await occupy(place, port);
    watch();
  };
  const use: EmbeddedUse = {
    url: urlOf(place, 'sproute'),
    place,
    // Several may notice at once; a second holder would never be released.
    revive: () => {
      reviving ??= revive().finally(() => {
        reviving = undefined;
      });
      return reviving;
    },
    release: async () => {
      isReleased = true;
      await reviving?.catch(() => {});
      await release(place, holder);
    },
  };
  watch();
  return use;
}

/** Makes sure that the server runs, and holds it. */
async function occupy(place: EmbeddedPlace, inUse?: number): Promise<pg.Client> {
  for (let attempt = 1; ; attempt += 1) {
    await withStartLock(place.home, () => ensureRunning(place, inUse));
    try {
      return await hold(place);
    } catch (error) {
      // It was just being stopped by the last one out: start it again.
      if (attempt >= 20) throw embeddedFailure('It started and then refused connections', place, error);
      await wait(100 * attempt);
    }
  }
}

/** Starts the server and leaves a marker that keeps it up until {@link stopEmbedded}. */
export async function startEmbedded(folder: string): Promise<{ url: string; place: EmbeddedPlace }> {
  const use = await openEmbedded(folder);
  writeFileSync(markerOf(use.place), '');
  await use.release();
  return { url: use.url, place: use.place };
}

/** Removes the marker and stops the server; false if it was not running. */
export async function stopEmbedded(folder: string): Promise<boolean> {
  const place = await embeddedPlace(folder);
  return withStartLock(place.home, async () => {
    rmSync(markerOf(place), { force: true });
    if (!(await isUp(place))) return false;
    stop(place);
    return true;
  });
}

export async function embeddedStatus(
  folder: string,
): Promise<{ place: EmbeddedPlace; running: boolean; kept: boolean; url: string }> {
  const place = await embeddedPlace(folder);
  return { place, running: await isUp(place), kept: existsSync(markerOf(place)), url: urlOf(place, 'sproute') };
}

async function hold(place: EmbeddedPlace): Promise<pg.Client> {
  const client = await connectTo(place, 'postgres');
  // A server that stops under us is noticed by the pool; this connection only holds the lock.
  client.on('error', () => {});
  try {
    await client.query('SELECT pg_advisory_lock_shared($1)', [useLock]);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function release(place: EmbeddedPlace, holder: pg.Client): Promise<void> {
  try {
    await holder.query('SELECT pg_advisory_unlock_shared($1)', [useLock]);
    const alone = await holder.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [useLock]);
    if (alone.rows[0]?.got !== true || existsSync(markerOf(place))) return;
    const others = await holder.query(
      `SELECT 1 FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name NOT LIKE 'sproute%' LIMIT 1`,
    );
    if (others.rowCount === 0) stop(place);
  } catch {
    // The server went away by itself: nothing to give back.
  } finally {
    await holder.end().catch(() => {});
  }
}

function markerOf(place: EmbeddedPlace): string {
  return join(place.home, 'pg.keep');
}

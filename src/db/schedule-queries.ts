import type { Database } from './connect.ts';
import { now } from './dialect.ts';
import { queryRows } from './query.ts';

/** A row of llm.vw_schedule. */
export interface ScheduleRow {
  name: string;
  cron: string;
  timezone: string;
  action: 'enqueue' | 'procedure' | 'pipeline';
  payload: Record<string, unknown>;
  misfire: 'coalesce' | 'skip';
  misfire_grace_seconds: number;
  enabled: boolean;
  next_fire_at: Date;
  last_fired_at: Date | null;
  last_fire_at: Date | null;
  last_status: string | null;
  last_result: Record<string, unknown> | null;
  last_error: string | null;
  open_fires: number;
}

export function readSchedules(db: Database): Promise<ScheduleRow[]> {
  return queryRows<ScheduleRow>(db, 'SELECT * FROM llm.vw_schedule ORDER BY name');
}

export async function readSchedule(db: Database, name: string): Promise<ScheduleRow | undefined> {
  return (await queryRows<ScheduleRow>(db, 'SELECT * FROM llm.vw_schedule WHERE name = ?', [name]))[0];
}

/** A row of llm.schedule_fire, as `schedule show` gives it. */
export interface ScheduleFireRow {
  fire_at: Date;
  fired_at: Date;
  finished_at: Date | null;
  status: 'OPEN' | 'DONE' | 'FAILED' | 'SKIPPED';
  is_manual: boolean;
  missed_count: number;
  program_step: string | null;
  attempt_count: number;
  correlation_id: string;
  result: Record<string, unknown> | null;
  error_code: string | null;
  error: string | null;
}

/** What came of a schedule, newest first. */
export function readScheduleFires(db: Database, name: string, limit: number): Promise<ScheduleFireRow[]> {
  return queryRows<ScheduleFireRow>(
    db,
    `SELECT fire_at, fired_at, finished_at, status, is_manual, missed_count, program_step, attempt_count, correlation_id,
        result, error_code, error
     FROM llm.schedule_fire WHERE name = ? ORDER BY fire_at DESC OFFSET 0 ROWS FETCH NEXT ? ROWS ONLY`,
    [name, limit],
  );
}

/** The instant by the database's clock, which all schedulers go by. */
export async function readClock(db: Database): Promise<Date> {
  const [row] = await queryRows<{ now_at: Date }>(db, `SELECT ${now[db.engine]} AS now_at`);
  return row?.now_at ?? new Date();
}

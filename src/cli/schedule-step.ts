import type { Database } from '../db/connect.ts';
import { SprouteError } from '../errors.ts';
import { auditDuplicates } from '../knowledge/dedupe-audit.ts';
import type { ProgramStep } from '../runners/schedule-steps.ts';
import { ingestStored } from './ingest.ts';
import { storedAudit, storedIngest } from './schedule-definition.ts';

/** What a pipeline does outside of SQL: an ingest or a dedupe audit. Both may be begun again wherever they were cut off. */
export function programStepsHere(db: Database): ProgramStep {
  return async ({ program_step, payload, correlation_id }, signal) => {
    if (program_step === 'ingest') {
      const done = await ingestStored(db, storedIngest(payload), signal, correlation_id);
      const { skipped: _, failed, correlation_id: __, ...counts } = done;
      const [first] = failed;
      if (first === undefined) return { ingest: counts };
      // Pages that could not be had this time come with the next firing; if none could, something is away.
      if (counts.created + counts.changed + counts.unchanged > 0) {
        return { ingest: { ...counts, failed: failed.slice(0, 10) } };
      }
      throw new SprouteError('DATASOURCE_UNREACHABLE', `No page could be had: ${first.place}: ${first.reason}.`);
    }
    if (program_step === 'dedupe_audit') {
      const { rows: _, ...counts } = await auditDuplicates(db, { ...storedAudit(payload), dry_run: false });
      return { dedupe_audit: counts };
    }
    throw new SprouteError('CONFIG_INVALID', `This program has no step named ${program_step}.`, {
      hint: 'A newer version of sproute made the schedule: update this one.',
    });
  };
}

import { z } from 'zod';
import type { Database } from '../../db/connect.ts';
import { inSnapshot } from '../../db/in-snapshot.ts';
import { readDags, readItems, readProgress } from '../../db/ontology-dag-queries.ts';
import { readSkipped } from '../../db/ontology-queries.ts';
import { SprouteError } from '../../errors.ts';
import { asked } from './asked.ts';
import { known } from './known.ts';
import { datasourceSchema } from './page.ts';
import { servedOntology } from './served-ontology.ts';

export const progressQuestionSchema = z.strictObject({
  datasource: datasourceSchema,
  dag_id: z.int().min(1).optional().describe('one of its extractions; the last one unless given'),
});
export type ProgressQuestion = z.input<typeof progressQuestionSchema>;

export const progressAnswerSchema = z.strictObject({
  datasource: z.string(),
  dag_id: z.int(),
  kind: z
    .enum(['ontology', 'ontology:item'])
    .describe('ontology: the whole datasource; ontology:item: a few things of it'),
  target: z.string().optional().describe('what a small one is about'),
  status: z.enum(['RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']),
  error: z.string().optional(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime().optional(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'SKIPPED']),
      is_planning: z.literal(true).optional().describe('its items are being counted'),
      done: z.int(),
      failed: z.int(),
      total: z.int(),
      running: z.array(z.string()).optional().describe('some of what is being worked on now'),
      message: z.string().optional(),
    }),
  ),
  failures: z
    .array(z.strictObject({ node: z.string(), subject: z.string(), error: z.string() }))
    .describe('what failed for good, the first of them'),
  skipped: z
    .array(z.strictObject({ phase: z.enum(['catalog', 'profile', 'lookup']), subject: z.string(), reason: z.string() }))
    .optional()
    .describe('what of the datasource was not looked at, the first of it'),
});
export type ProgressAnswer = z.infer<typeof progressAnswerSchema>;

const mostFailures = 20;

/** How far the extraction of an ontology is, phase by phase. Throws NOT_FOUND, INPUT_INVALID. */
export async function getProgress(db: Database, given: ProgressQuestion): Promise<ProgressAnswer> {
  const question = asked(progressQuestionSchema, given);
  return inSnapshot(db, (snapshot) => tell(snapshot, question));
}

async function tell(db: Database, { datasource, dag_id }: ProgressQuestion): Promise<ProgressAnswer> {
  const { ontology_id } = await servedOntology(db, datasource);
  const [dag] = await readDags(
    db,
    dag_id === undefined ? { datasource, kind: 'ontology', limit: 1 } : { datasource, dag_id },
  );
  if (!dag) {
    const what = dag_id === undefined ? 'has not been extracted' : `has no extraction ${dag_id}`;
    throw new SprouteError('NOT_FOUND', `The ontology of ${datasource} ${what}.`, {
      hint:
        dag_id === undefined
          ? `\`sproute ontology extract ${datasource}\` does that.`
          : `Leave out dag_id for the last one; \`sproute ontology history ${datasource}\` lists all.`,
    });
  }
  const nodes = await readProgress(db, dag.dag_id);
  const failures = await readItems(db, dag.dag_id, { status: 'DEADLETTER', limit: mostFailures });
  const skipped = await readSkipped(db, ontology_id);
  return progressAnswerSchema.parse({
    ...known({
      datasource,
      dag_id: dag.dag_id,
      kind: dag.kind,
      target: dag.target,
      status: dag.status,
      error: dag.error,
      started_at: dag.started_at.toISOString(),
      finished_at: dag.finished_at?.toISOString(),
    }),
    nodes: nodes.map(({ name, status, is_planning, done, failed, total, running, message }) =>
      known({ name, status, ...(is_planning && { is_planning }), done, failed, total, running, message }),
    ),
    failures: failures.map(({ node, subject, error_code, error }) => ({
      node,
      subject,
      error: `${error_code}: ${error}`,
    })),
    ...(skipped.length > 0 && {
      skipped: skipped
        .slice(0, mostFailures)
        .map(({ phase, subject_key, reason }) => ({ phase, subject: subject_key, reason })),
    }),
  });
}

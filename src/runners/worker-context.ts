import { connect, type Database } from '../db/connect.ts';
import { databaseSecrets } from '../db/database-secrets.ts';
import type { Lake } from '../lake/lake.ts';
import { openLake } from '../lake/open.ts';
import { Breaker } from '../llm/breaker.ts';
import { type ChunkingPolicy, chunkingPolicy } from '../llm/chunking-policy.ts';
import { createModelClient, type ModelClient } from '../llm/client.ts';
import { contextWindowOf, type Endpoint } from '../llm/endpoint.ts';
import { Limiter } from '../llm/limiter.ts';
import { FleetBudget } from './fleet-budget.ts';
import type { WorkerSettings } from './protocol.ts';

/** What the jobs of one worker thread share. */
export interface WorkerContext {
  settings: WorkerSettings;
  db: Database;
  lake: Lake;
  policy: ChunkingPolicy;
  limiter: Limiter;
  fleet: FleetBudget;
  /** Told until when a run waits for its turn, milliseconds since 1970: it uses up no time meanwhile. */
  onWait: ((run_id: string, until: number) => void) | undefined;
  /** What must never reach an artifact. */
  secrets: string[];
  /** Endpoint, client and breaker of a model; a job type may name its own. */
  model(name: string | null): ModelAccess;
}

export interface ModelAccess {
  endpoint: Endpoint;
  client: ModelClient;
  breaker: Breaker;
}

const requestTimeoutMs = 120_000;
/** Of one statement; the largest pages are routed in seconds, but may have to wait for others. */
const answerMs = 120_000;

/** Opens what a worker thread needs, once: two connections, the lake, the model endpoint. */
export async function openWorkerContext(
  settings: WorkerSettings,
  onWait?: WorkerContext['onWait'],
): Promise<WorkerContext> {
  const db = await connect({
    url: settings.database_url,
    application_name: 'sproute worker',
    pool_max: 2,
    answer_ms: answerMs,
  });
  const policy = chunkingPolicy(settings.chunking);
  const models = new Map<string, ModelAccess>();
  return {
    settings,
    db,
    lake: openLake(settings),
    policy,
    limiter: new Limiter(settings.llm_concurrency),
    fleet: new FleetBudget(db),
    onWait,
    secrets: [
      settings.endpoint.api_key ?? '',
      settings.s3?.secret_access_key ?? '',
      settings.s3?.session_token ?? '',
      ...databaseSecrets(settings.database_url),
    ].filter((secret) => secret !== ''),
    model(name) {
      const model = name ?? settings.endpoint.model;
      const known = models.get(model);
      if (known) return known;
      const endpoint = {
        ...settings.endpoint,
        model,
        context_window: contextWindowOf(model),
        max_output_tokens: policy.output_tokens,
        timeout_ms: requestTimeoutMs,
      };
      const access = { endpoint, client: createModelClient(endpoint), breaker: new Breaker() };
      models.set(model, access);
      return access;
    },
  };
}

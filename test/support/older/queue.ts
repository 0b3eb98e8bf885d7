import { at, idOf, type OlderRow, type OlderRows, sha256, uuid } from './row.ts';

const jobOf = (v: number, status: string) => idOf('llm.job', 'job_id', { dedupe_key: `v${v} ${status}` });
const dagOf = (v: number) => idOf('llm.dag', 'dag_id', { subject: `running v${v}` });
/** The nth run of a version. */
const runOf = (v: number, n: number) => uuid(v, 100 + n);

const job = (v: number, status: string, more: OlderRow = {}): OlderRow => ({
  job_type: `thing_v${v}`,
  subject: `Ada’s “page” 😀 v${v}`,
  status,
  priority: 100 + v,
  dedupe_key: `v${v} ${status}`,
  correlation_id: uuid(v, 1),
  input: '{"page": {"id": 1, "title": "é"}}',
  contract_version: '1.0.0',
  available_at: at(1),
  max_attempts: 3,
  created_at: at(0),
  ...more,
});

const archived = (v: number, status: string, n: number): OlderRow => ({
  job_id: 1_000_000 + 10 * v + n,
  job_type: `thing_v${v}`,
  subject: 'old',
  status,
  dedupe_key: `v${v} archived`,
  correlation_id: uuid(v, 2),
  input: '{}',
  contract_version: '1.0.0',
  attempt_count: 1,
  abandon_count: 0,
  created_at: at(0),
  finished_at: at(1),
  archived_at: at(2),
});

const run = (v: number, n: number, status: string, more: OlderRow = {}): OlderRow => ({
  run_id: runOf(v, n),
  job_id: jobOf(v, 'DEADLETTER'),
  attempt: n,
  worker_id: uuid(v, 3),
  correlation_id: uuid(v, 1),
  contract_name: `thing_v${v}`,
  contract_version: '1.0.0',
  started_at: at(1),
  finished_at: at(2),
  status,
  duration_ms: 1000,
  cost_usd: 0,
  ...more,
});

const call = (v: number, n: number, call_no: number, more: OlderRow): OlderRow => ({
  run_id: runOf(v, n),
  call_no,
  chunk_index: 0,
  purpose: call_no === 1 ? 'extract' : 'reask',
  request_sha256: sha256(`v${v} ${n} ${call_no}`),
  cache_hit: false,
  model: `unpriced_v${v}`,
  input_tokens: 10,
  cost_usd: 0,
  duration_ms: 900,
  started_at: at(1),
  ...more,
});

/** Of the queue: jobs in each status, attempts with and without a price, what a schedule set off. */
export const queueRows: OlderRows[] = [
  {
    since: 1,
    table: 'llm.contract',
    rows: (v) => [
      { name: `thing_v${v}`, version: '1.0.0', kind: 'output', sha256: sha256(`${v}`), schema: '{"type": "object"}' },
    ],
  },
  {
    since: 1,
    table: 'llm.job_type',
    rows: (v) => [
      {
        job_type: `thing_v${v}`,
        contract_name: `thing_v${v}`,
        contract_version: '1.0.0',
        input_contract: 'page_input',
        route_procedure: 'kb.usp_process_page_classification_output',
        handler: 'page',
        max_running: 2,
        sla_seconds: 60,
        description: 'Größe',
      },
    ],
  },
  {
    since: 1,
    table: 'llm.dag',
    rows: (v) => [
      { kind: 'demo', subject: `running v${v}`, options: '{"tables": ["a"]}' },
      { kind: 'demo', subject: `done v${v}`, status: 'COMPLETED', finished_at: at(2) },
    ],
  },
  {
    since: 1,
    table: 'llm.dag_node',
    rows: (v) => [
      { dag_id: dagOf(v), ordinal: 1, name: `plan v${v}`, status: 'RUNNING', plan_job_type: 'x', total: 1 },
      { dag_id: dagOf(v), ordinal: 2, name: `end v${v}`, plan_job_type: 'x', blocking: false },
    ],
  },
  {
    since: 1,
    table: 'llm.job',
    rows: (v) => [
      job(v, 'NEW', { dag_node_id: idOf('llm.dag_node', 'dag_node_id', { name: `plan v${v}` }) }),
      job(v, 'SCHEDULED', { last_error_code: 'BUDGET_EXHAUSTED', last_error: 'no money', available_at: at(9) }),
      job(v, 'RUNNING', { run_id: runOf(v, 9), locked_by: uuid(v, 3), lease_expires_at: at(3), attempt_count: 1 }),
      job(v, 'SUCCEEDED', { run_id: runOf(v, 1), outcome: '{"inserted": 1}', finished_at: at(2) }),
      job(v, 'DEADLETTER', { attempt_count: 3, last_error_code: 'X', last_error: '"x"\n', finished_at: at(2) }),
      job(v, 'CANCELLED', { cancel_requested: true, finished_at: at(2) }),
    ],
  },
  {
    since: 1,
    table: 'llm.job_archive',
    rows: (v) => [archived(v, 'SUCCEEDED', 1), archived(v, 'DEADLETTER', 2)],
  },
  {
    since: 1,
    table: 'llm.run',
    rows: (v) => [
      run(v, 1, 'SUCCEEDED', { job_id: jobOf(v, 'SUCCEEDED'), model: `priced_v${v}`, input_tokens: 9, cost_usd: 0.5 }),
      run(v, 2, 'FAILED', { model: `unpriced_v${v}`, input_tokens: 10, error_code: 'X', error: 'x' }),
      run(v, 3, 'RELEASED', { model: `unpriced_v${v}` }),
      run(v, 4, 'ABANDONED', { model: `priced_v${v}`, output_tokens: 5 }),
      run(v, 5, 'CANCELLED'),
    ],
  },
  {
    since: 1,
    table: 'llm.call',
    rows: (v) => [
      call(v, 1, 1, { model: `priced_v${v}`, cost_usd: 0.5, http_status: 200, finish_reason: 'stop' }),
      call(v, 1, 2, { cache_hit: true }),
      call(v, 2, 1, {}),
      call(v, 2, 2, { model: 'builtin-rules-1' }),
      call(v, 3, 1, { input_tokens: 0, error_code: 'TIMEOUT' }),
      call(v, 4, 1, { model: `priced_v${v}` }),
    ],
  },
  {
    since: 1,
    table: 'llm.artifact',
    rows: (v) => [
      {
        run_id: runOf(v, 1),
        artifact_type: 'output',
        lake_uri: `file:/lake/v${v}/${'é'.repeat(400)}`,
        content_sha256: sha256(`output ${v}`),
        byte_count: 10,
      },
    ],
  },
  {
    since: 1,
    table: 'llm.response_cache',
    rows: (v) => [
      { request_sha256: sha256(`v${v} 1 1`), lake_uri: `file:/lake/v${v}`, model: `priced_v${v}`, expires_at: at(9) },
    ],
  },
  {
    since: 1,
    table: 'llm.worker',
    rows: (v) => [
      {
        worker_id: uuid(v, 3),
        host: 'here',
        pid: v,
        version: `0.${v}.0`,
        started_at: at(0),
        heartbeat_at: at(1),
        job_types: `["thing_v${v}"]`,
        concurrency: 8,
        running: 1,
      },
    ],
  },
  {
    since: 1,
    table: 'llm.schedule',
    rows: (v) => [
      { name: `s v${v}`, cron: '0 3 * * *', timezone: 'Europe/Berlin', action: 'enqueue', next_fire_at: at(3) },
    ],
  },
  {
    since: 1,
    table: 'llm.schedule_fire',
    rows: (v) => [
      { name: `s v${v}`, fire_at: at(3), fired_at: at(4), result: '{"jobs": 1}' },
      { name: `s v${v}`, fire_at: at(5), fired_at: at(6) },
    ],
  },
  {
    since: 1,
    table: 'llm.model_price',
    rows: (v) => [{ model: `priced_v${v}`, input_usd_per_m: 1, output_usd_per_m: 2, cached_usd_per_m: 0.5 }],
  },
  {
    since: 1,
    table: 'llm.rate_limit',
    rows: (v) => [{ model: `priced_v${v}`, requests_per_minute: 60, requests_level: 1.5, bucket_at: at(1) }],
  },
  {
    since: 1,
    table: 'llm.budget_reservation',
    rows: (v) => [{ model: `priced_v${v}`, run_id: runOf(v, 1), tokens: 100, usd: 0.25, reserved_at: at(1) }],
  },
  {
    since: 17,
    table: 'llm.dag_budget',
    rows: (v) => [{ dag_id: dagOf(v), usd_limit: 1.5 }],
  },
  {
    since: 23,
    table: 'llm.job_event',
    rows: (v) => [
      { job_id: jobOf(v, 'CANCELLED'), event: 'cancelled', detail: '{"status": "NEW"}', happened_at: at(2) },
    ],
  },
];

/**
 * Everything that is told to OpenTelemetry, by name: spans, attributes, span events and metrics. `gen_ai.*`, `db.*`,
 * `error.*`, `server.*`, `http.*` and `thread.*` are those of the semantic conventions; ours begin with `sproute.`.
 */
export const schemaUrl = 'https://opentelemetry.io/schemas/1.37.0';

export interface SpanDefinition {
  kind: 'INTERNAL' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  /** What the span's name begins with; what follows says of what, from a small set. */
  name: string;
  of?: string;
  /** The span that it is a child of, where it is one. */
  parent?: string;
  meaning: string;
}

export const spans = {
  command: {
    kind: 'INTERNAL',
    name: 'sproute',
    of: 'command',
    meaning: 'A command that enqueues jobs; the correlation id of its jobs is its trace id.',
  },
  enqueue: {
    kind: 'PRODUCER',
    name: 'enqueue',
    of: 'job type, if all jobs are of one',
    parent: 'command',
    meaning: 'One call that enqueues jobs.',
  },
  job: {
    kind: 'CONSUMER',
    name: 'job',
    of: 'job type',
    meaning: 'One attempt at a job: a trace of its own, linked to the trace whose id is the correlation id.',
  },
  chunk: {
    kind: 'INTERNAL',
    name: 'chunk',
    parent: 'job',
    meaning:
      'One chunk of a page, one bundle of evidence, one pair of entities, or one part of what is asked about a database, with re-asks and gleaning.',
  },
  call: {
    kind: 'CLIENT',
    name: 'chat',
    of: 'model',
    parent: 'chunk',
    meaning: 'One HTTP request to a model. An answer from the cache is an event of its chunk instead.',
  },
  route: {
    kind: 'CLIENT',
    name: 'CALL',
    of: 'routing procedure',
    parent: 'job',
    meaning: 'The call of the routing procedure, which completes the job.',
  },
} as const satisfies Record<string, SpanDefinition>;

export type SpanName = keyof typeof spans;

export const spanEvents = {
  cache_hit: 'The answer came from the response cache.',
  exception: 'What went wrong: `exception.type` is the error code.',
} as const;

export type SpanEventName = keyof typeof spanEvents;

/** Every attribute, and what it says. */
export const attributes = {
  'sproute.job_id': 'The job.',
  'sproute.job_type': 'Its type.',
  'sproute.run_id': 'The attempt; the folder in the lake is named by it.',
  'sproute.correlation_id': 'What `sproute trace` takes; without its dashes it is the trace id that jobs link to.',
  'sproute.attempt': 'Which attempt at the job it is, from 1.',
  'sproute.worker_id': 'The runner.',
  'sproute.dag_node_id': 'The node of the dag that the job belongs to.',
  'sproute.status':
    'How the attempt ended: `succeeded`, `failed` (is tried again), `dead`, `released` (given back uncounted), `cancelled`, `lost` (another run may hold the job).',
  'sproute.calls': 'Requests to a model.',
  'sproute.cache_hits': 'Answers from the cache.',
  'sproute.chunks': 'Chunks of the job.',
  'sproute.chunk_index': 'Which chunk, from 0.',
  'sproute.call.purpose': '`extract`, `reask` or `glean`.',
  'sproute.request_sha256': 'The request, as `llm.call` and the response cache know it.',
  'sproute.jobs': 'Jobs in one call.',
  'sproute.jobs_created': 'Those of them that were not there already.',
  'sproute.queue.state': '`ready` (due), `scheduled` (later) or `running`.',
  'sproute.endpoint': '`LLM_ENDPOINT_NAME`, or `builtin`.',
  'gen_ai.operation.name': 'Always `chat`.',
  'gen_ai.provider.name': '`openai`: the protocol that is spoken, whoever answers; `server.address` says where.',
  'gen_ai.output.type': 'Always `json`.',
  'gen_ai.request.model': 'The model that was asked.',
  'gen_ai.request.max_tokens': 'The most that it may answer.',
  'gen_ai.response.model': 'The model that answered.',
  'gen_ai.response.finish_reasons': 'Why the answer ended.',
  'gen_ai.usage.input_tokens': 'Tokens of the request; of a job: of all its calls.',
  'gen_ai.usage.output_tokens': 'Tokens of the answer; of a job: of all its calls.',
  'gen_ai.usage.cache_read.input_tokens': 'Tokens of the request that the provider had in its cache.',
  'gen_ai.token.type': '`input` or `output`.',
  'db.system.name': '`postgresql` or `microsoft.sql_server`.',
  'db.namespace': 'The database.',
  'db.operation.name': 'Always `CALL`.',
  'db.stored_procedure.name': 'The procedure.',
  'db.query.summary': '`CALL` and the procedure.',
  'db.response.status_code': 'The SQLSTATE or error number of a refusal.',
  'server.address': 'The host of the model endpoint or the database.',
  'server.port': 'Its port.',
  'http.response.status_code': 'Of a request to a model that was refused.',
  'error.type': 'The error code (docs/reference/error-codes.md).',
  'thread.id': 'The worker thread, as Node counts them.',
} as const;

export type AttributeName = keyof typeof attributes;

export interface MetricDefinition {
  type: 'counter' | 'histogram' | 'gauge';
  unit: string;
  attributes: readonly AttributeName[];
  meaning: string;
  /** Where the buckets of a histogram end. */
  buckets?: number[];
}

const ofModel = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'server.address',
  'server.port',
  'sproute.job_type',
] as const;

export const metrics = {
  'sproute.job.ended': {
    type: 'counter',
    unit: '{attempt}',
    attributes: ['sproute.job_type', 'sproute.status', 'error.type'],
    meaning: 'Attempts that ended, by how.',
  },
  'sproute.job.duration': {
    type: 'histogram',
    unit: 's',
    attributes: ['sproute.job_type', 'sproute.status', 'error.type'],
    meaning: 'How long an attempt took.',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
  },
  'sproute.job.retries': {
    type: 'counter',
    unit: '{attempt}',
    attributes: ['sproute.job_type', 'error.type'],
    meaning: 'Attempts that failed and will be repeated.',
  },
  'sproute.job.rescued': {
    type: 'counter',
    unit: '{job}',
    attributes: [],
    meaning: 'Jobs that this runner took from silent runners.',
  },
  'sproute.lease.lost': {
    type: 'counter',
    unit: '{lease}',
    attributes: ['sproute.job_type'],
    meaning: 'Leases that could not be renewed because another run may hold the job.',
  },
  'sproute.queue.jobs': {
    type: 'gauge',
    unit: '{job}',
    attributes: ['sproute.job_type', 'sproute.queue.state'],
    meaning:
      'Jobs in the queue that this runner may claim, as it counts them every five seconds. All runners count the same queue: take the maximum, never the sum.',
  },
  'sproute.cache.hits': {
    type: 'counter',
    unit: '{answer}',
    attributes: ['sproute.job_type', 'gen_ai.request.model'],
    meaning: 'Answers from the response cache.',
  },
  'sproute.model.cost': {
    type: 'counter',
    unit: '{USD}',
    attributes: ofModel,
    meaning: 'What the calls cost by `llm.model_price`; nothing for a model without a price.',
  },
  'gen_ai.client.operation.duration': {
    type: 'histogram',
    unit: 's',
    attributes: [...ofModel, 'error.type'],
    meaning: 'How long a request to a model took.',
    buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  'gen_ai.client.token.usage': {
    type: 'histogram',
    unit: '{token}',
    attributes: [...ofModel, 'gen_ai.token.type'],
    meaning: 'Tokens of a request, and of its answer.',
    buckets: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metrics;

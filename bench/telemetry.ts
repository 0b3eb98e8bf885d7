import { parseArgs } from 'node:util';
import { api } from '../src/telemetry/api.ts';
import { count, record } from '../src/telemetry/metrics.ts';
import { inSpan } from '../src/telemetry/span.ts';

/**
 * What telemetry costs a piece of work that takes about a microsecond, and the runner's metrics of one job:
 *
 *   node bench/telemetry.ts                                                   without an SDK
 *   node --import ./examples/otel/otel.mjs bench/telemetry.ts                  with one that samples everything
 *   OTEL_TRACES_SAMPLER=always_off node --import ./examples/otel/otel.mjs ...  with one that samples nothing
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200000' } } });
const rounds = Number(values.rounds);

const work = async () => 1;
const attributes = () => ({ 'sproute.job_id': 1, 'sproute.job_type': 'x', 'sproute.run_id': 'y' });

const cases: Record<string, () => Promise<unknown> | undefined> = {
  'work alone': work,
  'in a span': () => inSpan('chunk', { attributes }, work),
  'metrics of a job': () => {
    count('sproute.job.ended', 1, { 'sproute.job_type': 'x', 'sproute.status': 'succeeded' });
    record('sproute.job.duration', 0.5, { 'sproute.job_type': 'x', 'sproute.status': 'succeeded' });
    return undefined;
  },
};

const best: Record<string, number> = {};
// Alternating, and the best of five counts: the rest is what else the machine did.
for (let turn = 0; turn < 5; turn += 1) {
  for (const [name, run] of Object.entries(cases)) {
    const started = performance.now();
    for (let at = 0; at < rounds; at += 1) await run();
    const ns = ((performance.now() - started) * 1e6) / rounds;
    best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, ns);
  }
}
process.stdout.write(`${JSON.stringify({ sdk: api !== undefined, rounds, ns: best })}\n`);

import type { Contract } from '../contracts/registry.ts';
import { wireSchema } from '../contracts/wire-schema.ts';
import { callProcedure } from '../db/call.ts';
import { SprouteError } from '../errors.ts';
import type { RequestBudget, Reservation } from '../llm/budget.ts';
import type { Message } from '../llm/messages.ts';
import { tokenizerFor } from '../llm/tokenizer.ts';
import type { JobTask } from './protocol.ts';
import type { ModelAccess, WorkerContext } from './worker-context.ts';

/** Without experience an answer is taken to have this much and a quarter of what it is about. */
const leastAnswerTokens = 100;
const answerShare = 0.25;

/** What one run may use: its share of the fleet's limits, and the rest of its job's cap. */
export class RunBudget implements RequestBudget {
  readonly #context: WorkerContext;
  readonly #access: ModelAccess;
  readonly #task: JobTask;
  readonly #cap: number | null;
  #used = 0;
  #isBegun: Promise<void> | undefined;

  constructor(context: WorkerContext, access: ModelAccess, task: JobTask) {
    this.#context = context;
    this.#access = access;
    this.#task = task;
    this.#cap = task.job_type.token_cap;
  }

  /**
   * Throws TOKEN_CAP if requests with these messages would use more than the cap, before the first is sent. Those whose
   * answers are in the cache use nothing.
   */
  async refuseOverCap(
    prompts: readonly (readonly Message[])[],
    contract: Contract,
    isCached: (messages: readonly Message[]) => Promise<boolean>,
  ): Promise<void> {
    if (this.#cap === null) return;
    await this.#begin();
    const room = this.#cap - this.#used;
    const sizes = prompts.map((messages) => total(this.#expect(messages, contract)));
    let wanted = sizes.reduce((sum, size) => sum + size, 0);
    for (const [at, messages] of prompts.entries()) {
      if (wanted <= room) return;
      if (await isCached(messages)) wanted -= sizes[at] ?? 0;
    }
    if (wanted > room) throw overCap(this.#task, this.#cap, this.#used, wanted);
  }

  async reserve(
    messages: readonly Message[],
    contract: Contract,
    signal: AbortSignal,
  ): Promise<Reservation | undefined> {
    const expected = this.#expect(messages, contract);
    const cap = this.#cap;
    if (cap !== null) {
      await this.#begin();
      if (this.#used + total(expected) > cap) throw overCap(this.#task, cap, this.#used, total(expected));
      this.#used += total(expected);
    }
    const { run_id, dag_node_id } = this.#task.job;
    const { fleet, onWait } = this.#context;
    const request = {
      ...expected,
      model: this.#access.endpoint.model,
      run_id,
      dag_node_id,
      onWait: (until: number) => onWait?.(run_id, until),
    };
    const reservation = await fleet.reserve(request, signal);
    if (cap === null) return reservation;
    return {
      settle: async (used) => {
        if (used === 'unsent') this.#used -= total(expected);
        else if (used !== 'failed' && total(used) > 0) this.#used += total(used) - total(expected);
        await reservation?.settle(used);
      },
    };
  }

  /** What the former attempts of the job used counts too. */
  #begin(): Promise<void> {
    const { job_id } = this.#task.job;
    this.#isBegun ??= callProcedure<{ tokens: number }>(this.#context.db, 'llm.usp_read_job_use', { job_id }).then(
      ([row]) => {
        this.#used += row?.tokens ?? 0;
      },
    );
    return this.#isBegun;
  }

  #expect(messages: readonly Message[], contract: Contract): { input_tokens: number; output_tokens: number } {
    const { model, max_output_tokens } = this.#access.endpoint;
    const tokenizer = tokenizerFor(model);
    const said = messages.reduce((sum, { content }) => sum + tokenizer.count(content), 0);
    const input_tokens = said + tokenizer.count(JSON.stringify(wireSchema(contract)));
    const output_tokens = Math.min(max_output_tokens, Math.round(leastAnswerTokens + said * answerShare));
    return { input_tokens, output_tokens };
  }
}

function total({ input_tokens, output_tokens }: { input_tokens: number; output_tokens: number }): number {
  return input_tokens + output_tokens;
}

function overCap({ job, job_type }: JobTask, cap: number, used: number, wanted: number): SprouteError {
  const before = used > 0 ? `has used ${used} tokens and ` : '';
  return new SprouteError(
    'TOKEN_CAP',
    `The job ${before}would use about ${wanted} ${used > 0 ? 'more' : 'tokens'}; its cap is ${cap}.`,
    {
      hint:
        `Raise it for the type (UPDATE llm.job_type SET token_cap = ... WHERE job_type = '${job_type.job_type}') and ` +
        `retry job ${job.job_id}, or enqueue the job with "token_cap" in its input, or cut the page.`,
    },
  );
}

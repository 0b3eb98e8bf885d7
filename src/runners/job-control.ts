import { z } from 'zod';
import { isObject } from '../contracts/json.ts';
import { SprouteError } from '../errors.ts';
import type { JobTask } from './protocol.ts';

const control = z.object({
  fresh: z.boolean().optional(),
  replay: z.object({ run_id: z.guid() }).optional(),
  token_cap: z.int().min(1).nullable().optional(),
});

/** What the input of a job of any type may say to the runner, beside what the input contract of its type wants. */
export interface JobControl {
  /** Pass the response cache by. */
  fresh: boolean;
  /** Apply the stored answers of a run instead of asking a model. */
  is_replay: boolean;
}

const controlKeys = ['fresh', 'replay', 'backfill', 'token_cap'];

/** Takes what is for the runner out of a job's input; the rest is for the handler. Throws INPUT_INVALID. */
export function takeControl(task: JobTask): { control: JobControl; task: JobTask } {
  const { input } = task.job;
  if (!isObject(input)) return { control: { fresh: false, is_replay: false }, task };
  const parsed = control.safeParse(input);
  if (!parsed.success) {
    throw new SprouteError('INPUT_INVALID', `The job's input is malformed: ${z.prettifyError(parsed.error)}.`, {
      hint: 'fresh is true or false; token_cap is the most tokens that it may use, null for no cap; replay names the run whose answers to apply: {"replay": {"run_id": "..."}}.',
    });
  }
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !controlKeys.includes(key)));
  const { token_cap = task.job_type.token_cap } = parsed.data;
  return {
    control: { fresh: parsed.data.fresh === true, is_replay: parsed.data.replay !== undefined },
    task: { job_type: { ...task.job_type, token_cap }, job: { ...task.job, input: rest } },
  };
}

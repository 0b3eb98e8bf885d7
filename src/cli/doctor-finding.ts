import { isSprouteError, messageOf } from '../errors.ts';

/** What `doctor` says of one thing: it works, it works but deserves a look, it does not work. */
export interface Finding {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

/** What a check found, if it did not throw: how things are, and what about them deserves attention. */
export interface Seen {
  detail: string;
  warnings?: readonly string[];
}

/** Makes a finding of whatever a check returns or throws. */
export async function look(check: string, step: () => Promise<Seen>): Promise<Finding> {
  try {
    const { detail, warnings = [] } = await step();
    return { check, state: warnings.length === 0 ? 'ok' : 'warn', detail: [detail, ...warnings].join('; ') };
  } catch (error) {
    const hint = isSprouteError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
    return { check, state: 'fail', detail: `${messageOf(error)}${hint}` };
  }
}

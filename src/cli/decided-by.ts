import { userInfo } from 'node:os';
import { SprouteError } from '../errors.ts';
import { cleanText } from '../knowledge/text-hygiene.ts';

/** Who decides: `--by`, else the name of the operating system's user. Throws USAGE. */
export function decidedBy(by: string | undefined): string {
  const name = cleanText(by ?? userName() ?? '').trim();
  if (name !== '') return name;
  throw new SprouteError('USAGE', 'Who decides?', { hint: 'Give your name: --by "Eve Adams".' });
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // An id without an entry in the system's list of users, as in containers.
    return process.env.USER ?? process.env.LOGNAME;
  }
}

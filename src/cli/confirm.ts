import { createInterface } from 'node:readline/promises';
import { SprouteError } from '../errors.ts';

/** Asks on the terminal; false for anything but yes. Throws CONFIRMATION_REQUIRED where there is nobody to ask. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new SprouteError('CONFIRMATION_REQUIRED', 'There is no terminal to ask on, so nothing was done.', {
      hint: 'Add --yes to go ahead, or --dry-run to look only.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^(y|yes)$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

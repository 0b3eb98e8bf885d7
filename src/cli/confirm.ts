import { createInterface } from 'node:readline/promises';
import { SprouteError } from '../errors.ts';

/** Asks on the terminal; false for anything but yes. Throws CONFIRMATION_REQUIRED where there is nobody to ask. */
export async function confirmed(question: string): Promise<boolean> {
  const hint = 'Add --yes to go ahead, or --dry-run to look only.';
  return /^(y|yes)$/i.test(await answerTo(`${question} [y/N] `, hint));
}

/**
 * Asks for the very word, for what cannot be undone. Throws CONFIRMATION_REQUIRED where there is nobody to ask; `hint` says
 * how it is done then.
 */
export async function confirmedByTyping(question: string, word: string, hint: string): Promise<boolean> {
  return (await answerTo(`${question} Type ${word} to go on: `, hint)) === word;
}

async function answerTo(question: string, hint: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new SprouteError('CONFIRMATION_REQUIRED', 'There is no terminal to ask on, so nothing was done.', { hint });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

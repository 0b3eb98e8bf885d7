import { createInterface } from 'node:readline/promises';
import { SprouteError } from '../errors.ts';

/** Asks on the terminal; false for anything but yes. Throws CONFIRMATION_REQUIRED where there is nobody to ask. */
export async function confirmed(question: string): Promise<boolean> {
  return /^(y|yes)$/i.test(await answerTo(`${question} [y/N] `));
}

/** Asks for the very word, for what cannot be undone. Throws CONFIRMATION_REQUIRED where there is nobody to ask. */
export async function confirmedByTyping(question: string, word: string): Promise<boolean> {
  return (await answerTo(`${question} Type ${word} to go on: `)) === word;
}

async function answerTo(question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new SprouteError('CONFIRMATION_REQUIRED', 'There is no terminal to ask on, so nothing was done.', {
      hint: 'Add --yes to go ahead, or --dry-run to look only.',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

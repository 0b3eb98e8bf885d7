import { hasStyles } from './output.ts';

/** How emphasis looks where it is written to. */
export interface Ink {
  bold: (text: string) => string;
  dim: (text: string) => string;
  /** What stands before and after a quote. */
  quote: readonly [open: string, close: string];
  /** Columns. */
  width: number;
}

const plain: Omit<Ink, 'width'> = { bold: (text) => text, dim: (text) => text, quote: ['«', '»'] };
const coloured: Omit<Ink, 'width'> = {
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
  // Codes that output.ts knows as ours.
  quote: ['\u001b[1m\u001b[33m', '\u001b[22m\u001b[39m'],
};

/** Colour on a stdout that is a terminal and wants it; elsewhere quotes stand in «». */
export function stdoutInk(): Ink {
  return { ...(hasStyles() ? coloured : plain), width: widthOf(process.stdout) };
}

export function stderrInk(): Ink {
  return { ...plain, width: widthOf(process.stderr) };
}

function widthOf({ columns }: NodeJS.WriteStream): number {
  return Math.min(Math.max(columns || 100, 40), 120);
}

// Two characters that visible() leaves in no text: they stand for a quote's ends while lines are broken.
const openMark = '\ue000';
const closeMark = '\ue001';

export function marked(quote: string): string {
  return `${openMark}${quote}${closeMark}`;
}

/** Lines of the text's words, each after `indent` spaces, with the marks of quotes as this ink shows them. */
export function wrapped(text: string, ink: Ink, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && line.length + 1 + word.length > ink.width - indent) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return inked(lines.map((each) => `${' '.repeat(indent)}${each}`).join('\n'), ink);
}

export function inked(text: string, { quote: [open, close] }: Ink): string {
  return text.replaceAll(openMark, open).replaceAll(closeMark, close);
}

import { createInterface, type Interface } from 'node:readline';

/** Somebody who is asked: on a terminal by single keys, elsewhere by lines. */
export interface Conversation {
  /** Whether somebody sees each question before it is answered. */
  isTerminal: boolean;
  /** A key, or a line of which the first letter is taken; undefined: there is nobody any more (the end, Ctrl-C). */
  key(prompt: string): Promise<string | undefined>;
  /** A line, trimmed; undefined: nobody any more. */
  line(prompt: string): Promise<string | undefined>;
  /** Gives the terminal and the signals back. */
  close(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const interrupted = 130;

/** Asks on stderr and listens on stdin. The first Ctrl-C (or SIGTERM) ends the conversation, the second the process. */
export function openConversation(): Conversation {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const ends = new AbortController();
  const stop = () => {
    if (ends.signal.aborted) process.exit(interrupted);
    ends.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  const conversation = isTerminal ? byKeys(ends.signal, stop) : byLines(ends.signal);
  return {
    ...conversation,
    close: () => {
      conversation.close();
      for (const signal of signals) process.off(signal, stop);
    },
  };
}

/** Somebody to hand the next answer to, until the conversation ends. */
function nextAnswer(signal: AbortSignal): { answer: Promise<string | undefined>; give: (text?: string) => void } {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const give = (text?: string) => {
    signal.removeEventListener('abort', end);
    resolve(text);
  };
  const end = () => resolve(undefined);
  if (signal.aborted) resolve(undefined);
  else signal.addEventListener('abort', end, { once: true });
  return { answer: promise, give };
}

function byLines(signal: AbortSignal): Conversation {
  const lines: string[] = [];
  let hasEnded = false;
  let waiting: ((text?: string) => void) | undefined;
  const input: Interface = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  input.on('line', (line) => {
    if (waiting) waiting(line);
    else lines.push(line);
    waiting = undefined;
  });
  input.on('close', () => {
    hasEnded = true;
    waiting?.();
  });
  const line = async (prompt: string) => {
    process.stderr.write(prompt);
    const { answer, give } = nextAnswer(signal);
    const ready = lines.shift();
    if (ready !== undefined || hasEnded) give(ready);
    else waiting = give;
    const text = (await answer)?.trim();
    // What comes through a pipe is not echoed by a terminal.
    if (!process.stdin.isTTY || text === undefined) process.stderr.write(`${text ?? ''}\n`);
    return text;
  };
  const key = async (prompt: string) => {
    for (;;) {
      const text = await line(prompt);
      if (text !== '') return text?.[0]?.toLowerCase();
    }
  };
  return { isTerminal: false, key, line, close: () => input.close() };
}

const ctrlC = '\u0003';
const ctrlD = '\u0004';
const arrows = new Map([
  ['\u001b[C', 'n'],
  ['\u001b[B', 'n'],
  ['\u001b[D', 'p'],
  ['\u001b[A', 'p'],
]);

/**
 * What is typed while nothing is asked is dropped: a key that was pressed twice does not decide about an item that
 * nobody has seen.
 */
function byKeys(signal: AbortSignal, stop: () => void): Conversation {
  let waiting: ((text?: string) => void) | undefined;
  const hear = (data: Buffer) => {
    const typed = data.toString('utf8');
    if (typed.startsWith(ctrlC)) return stop();
    const key = typed.startsWith('\u001b') ? arrows.get(typed) : [...typed][0];
    if (key === undefined || key.trim() === '') return;
    waiting?.(key === ctrlD ? undefined : key.toLowerCase());
    waiting = undefined;
  };
  const listen = () => {
    process.stdin.setRawMode(true);
    process.stdin.on('data', hear).resume();
  };
  const leave = () => {
    process.stdin.off('data', hear).pause();
    process.stdin.setRawMode(false);
  };
  listen();

  const key = async (prompt: string) => {
    process.stderr.write(prompt);
    const { answer, give } = nextAnswer(signal);
    waiting = give;
    const typed = await answer;
    process.stderr.write(`${typed ?? ''}\n`);
    return typed;
  };
  const line = async (prompt: string) => {
    leave();
    const { answer, give } = nextAnswer(signal);
    const input = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
    input.on('SIGINT', stop);
    input.once('close', () => give());
    input.question(prompt, give);
    const text = (await answer)?.trim();
    input.close();
    listen();
    return text;
  };
  return { isTerminal: true, key, line, close: leave };
}

import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { type KeysOf, type LogEvent, logEvents } from './log-events.ts';
import { type LoggedError, loggedError } from './logged-error.ts';

export type { LogEvent, Logger };

/** JSON lines on stderr; on a terminal the same, readable. stdout belongs to data. */
export function createLogger(options: { level: pino.LevelWithSilent; tty?: boolean }): Logger {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // `err` is a code and a sentence already.
    serializers: { err: (err: unknown) => err },
  };
  const isTty = options.tty ?? process.stderr.isTTY;
  if (!isTty) {
    // Lines that the disk has no room for are kept for later, a few megabytes of them, and end no runner.
    const destination = pino.destination({ fd: 2, sync: true, maxLength: 4 * 2 ** 20 });
    return pino(
      settings,
      destination.on('error', () => {}),
    );
  }
  return pino(
    settings,
    pretty({
      destination: 2,
      sync: true,
      colorize: process.env.NO_COLOR === undefined,
      translateTime: 'HH:MM:ss',
      ignore: 'event,worker_id',
    }),
  );
}

/** Logs one event with its fixed level, wording and keys (src/log-events.ts); an error without what it quotes. */
export function logEvent<E extends LogEvent>(logger: Logger, event: E, keys: KeysOf<E>): void {
  const { level, wording } = logEvents[event];
  const { err }: { err?: LoggedError | undefined } = keys;
  const fields: object = { event, ...keys, ...(err && { err: loggedError(err) }) };
  logger[level](fields, wording);
}

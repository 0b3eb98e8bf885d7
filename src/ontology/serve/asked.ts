import type { z } from 'zod';
import { SprouteError } from '../../errors.ts';

/** What was asked, with defaults. Throws INPUT_INVALID, and says for each argument what it should be. */
export function asked<Schema extends z.ZodObject>(schema: Schema, given: unknown): z.output<Schema> {
  const found = schema.safeParse(given);
  if (found.success) return found.data;
  const said = found.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new SprouteError('INPUT_INVALID', `${said.slice(0, 10).join('; ')}.`, {
    hint: `The arguments are ${Object.entries(schema.shape)
      .map(([name, each]) => (each.safeParse(undefined).success ? name : `${name} (required)`))
      .join(', ')}.`,
  });
}

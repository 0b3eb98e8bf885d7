import type { TargetKind } from '../../db/ontology-edit-queries.ts';
import { messageOf, SprouteError } from '../../errors.ts';

type Shape = 'text' | 'boolean' | 'texts' | 'json';

/** The fields that can be edited, by kind, and how a value is written on the command line; onto.fn_override_fault checks it. */
export const editableFields: Readonly<Record<TargetKind, Readonly<Record<string, Shape>>>> = {
  ontology: { description: 'text', primary_domains: 'texts', conventions: 'json' },
  column: {
    description: 'text',
    semantic_type: 'text',
    purpose: 'text',
    role: 'text',
    fk_role: 'text',
    synonyms: 'texts',
    enum_values: 'json',
    is_sensitive: 'boolean',
  },
  relationship: { status: 'text', description: 'text', from_role: 'text', to_role: 'text', cardinality: 'text' },
  entity: { name: 'text', description: 'text', domain: 'text', aliases: 'texts', key_columns: 'json' },
};

/** `field=value` as field and value. Throws USAGE for what is none, and says which fields there are. */
export function parseAssignment(kind: TargetKind, assignment: string): { field: string; value: unknown } {
  const at = assignment.indexOf('=');
  if (at < 1) {
    throw new SprouteError('USAGE', `${JSON.stringify(assignment)} sets nothing.`, {
      hint: 'Write field=value, such as description="What it is".',
    });
  }
  const field = assignment.slice(0, at).trim();
  return { field, value: parsedValue(field, shapeOf(kind, field), assignment.slice(at + 1)) };
}

/** Throws USAGE for a field that a kind does not have. */
export function shapeOf(kind: TargetKind, field: string): Shape {
  const fields = editableFields[kind];
  const shape = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (shape) return shape;
  throw new SprouteError('USAGE', `${article(kind)} has no field ${JSON.stringify(field)} that can be edited.`, {
    hint: `These can: ${Object.keys(fields).join(', ')}.`,
  });
}

function parsedValue(field: string, shape: Shape, text: string): unknown {
  if (shape === 'text') return text;
  if (shape === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new SprouteError('USAGE', `${field} is true or false, not ${JSON.stringify(text)}.`);
  }
  if (shape === 'texts' && !text.trimStart().startsWith('[')) {
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SprouteError('USAGE', `The value of ${field} is no JSON: ${messageOf(error)}.`, {
      hint:
        shape === 'texts'
          ? 'Write a list such as a,b or ["a, b","c"].'
          : `Write JSON, such as ${field === 'conventions' ? '{}' : '[]'}.`,
    });
  }
}

function article(kind: TargetKind): string {
  return kind === 'ontology' || kind === 'entity' ? `An ${kind}` : `A ${kind}`;
}

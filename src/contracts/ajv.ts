import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

/**
 * The keywords by which a contract tells the generic worker what to do with an answer. They never decide validity.
 *
 * - `x-kind` (root): `output` for the answer of a model, `input` for what a job is given.
 * - `x-model` (root of an output): false where a handler finds the answer itself; there is no prompt and no item then.
 * - `x-items` (root): where the items are, `[{ path, kind }]`; path is a root property holding an array, or '' where
 *   the whole answer is one item. `[]` where an answer is about one subject and becomes no items of knowledge.
 * - `x-merge` (item): the properties that identify the same item across chunks; `[]` = one item a page. Default: all.
 * - `x-evidence` (item): the property that holds the verbatim quote, or null where an item has none. Default: `quote`.
 * - `x-name` (item): the properties of which one should occur in the quote for the item to be grounded strongly.
 * - `x-key` (text property): the worker computes a normalised key of it, as a `name` or as a `type`.
 * - `x-time` (text property): a time in ISO 8601 of any precision or in the calendar of the source.
 * - `x-open` (object of an input, or of an output without a model): it may hold anything; who reads it checks it.
 * - `x-breaking` (root): why this version is a new MAJOR although its structure does not show it.
 */
export const annotationKeywords = [
  'x-kind',
  'x-model',
  'x-items',
  'x-merge',
  'x-evidence',
  'x-name',
  'x-key',
  'x-time',
  'x-open',
  'x-breaking',
] as const;

/** Compiles schemas of contracts: 2020-12, strict, own properties only; nothing is coerced, defaulted or removed. */
export const contractAjv = { firstError: newAjv(false), allErrors: newAjv(true) };

function newAjv(allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    strict: true,
    // A schema is compiled once a process and thread: that takes longer than all that the shorter code would save.
    code: { optimize: false },
    allowUnionTypes: true,
    ownProperties: true,
    verbose: true,
    logger: false,
  });
  ajv.addVocabulary([...annotationKeywords]);
  ajvFormats.default(ajv);
  return ajv;
}

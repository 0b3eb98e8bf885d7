import { isDeepStrictEqual } from 'node:util';
import { contractAjv } from './ajv.ts';
import { type ContractSchema, type SchemaNode, type TypeName, typesOf } from './dialect.ts';
import { expand } from './expand.ts';
import { ownValue } from './json.ts';
import { choicesOf } from './schema-rules.ts';
import type { Level } from './version.ts';

/** Why a change has the level it has. */
export interface Reason {
  path: string;
  level: Exclude<Level, 'NONE'>;
  reason: string;
}

export interface Change {
  level: Level;
  reasons: Reason[];
}

/**
 * What a change does to answers stored under the old version. MAJOR: some may be invalid or would be routed
 * differently; MINOR: all stay valid, and new ones may say more; PATCH: words only; NONE: nothing but `$id`.
 */
export function classifyChange(before: ContractSchema, after: ContractSchema): Change {
  const reasons: Reason[] = [];
  const old = expand(before);
  const now = expand(after);
  compareRoots(old, now, reasons);
  compareNodes(old, now, '$', reasons);
  const level = (['MAJOR', 'MINOR', 'PATCH'] as const).find((each) => reasons.some((reason) => reason.level === each));
  return { level: level ?? 'NONE', reasons };
}

function compareRoots(before: ContractSchema, after: ContractSchema, reasons: Reason[]): void {
  const add = adderAt('$', reasons);
  if (before['x-kind'] !== after['x-kind']) add('MAJOR', 'x-kind changed');
  if (before['x-model'] !== after['x-model']) add('MAJOR', 'x-model changed');
  if (after['x-breaking'] && after['x-breaking'] !== before['x-breaking']) add('MAJOR', after['x-breaking']);
  const old = before['x-items'] ?? [];
  const now = after['x-items'] ?? [];
  for (const item of old) {
    if (!now.some((each) => isDeepStrictEqual(each, item))) add('MAJOR', `x-items "${item.path}" is gone or changed`);
  }
  for (const { path } of now) {
    if (old.some((each) => each.path === path)) continue;
    const isNew = path !== '' && !ownValue(before.properties, path);
    add(isNew ? 'MINOR' : 'MAJOR', `x-items "${path}" is new${isNew ? ', and so is what it points at' : ''}`);
  }
}

function compareNodes(before: SchemaNode, after: SchemaNode, path: string, reasons: Reason[]): void {
  const add = adderAt(path, reasons);
  compareWords(before, after, add);
  compareAnnotations(before, after, add);
  const choices = choicesOf(before);
  if (choices) compareChoices(choices, after, add);
  else compareConstraints(before, after, add);
  compareProperties(before, after, path, reasons);
  if (before.items && after.items) compareNodes(before.items, after.items, `${path}[]`, reasons);
  else if (after.items) add('MAJOR', 'items are constrained now');
  else if (before.items) add('MINOR', 'items are no longer constrained');
}

type Add = (level: Reason['level'], reason: string) => void;

function adderAt(path: string, reasons: Reason[]): Add {
  return (level, reason) => {
    reasons.push({ path, level, reason });
  };
}

function compareWords(before: SchemaNode, after: SchemaNode, add: Add): void {
  for (const keyword of ['title', 'description', 'examples'] as const) {
    if (!isDeepStrictEqual(before[keyword], after[keyword])) add('PATCH', `${keyword} changed`);
  }
}

function compareAnnotations(before: SchemaNode, after: SchemaNode, add: Add): void {
  const defaults: SchemaNode = { 'x-evidence': 'quote', 'x-name': [] };
  const [old, now] = [
    { ...defaults, ...before },
    { ...defaults, ...after },
  ];
  for (const keyword of ['x-key', 'x-time', 'x-evidence', 'x-name', 'x-open'] as const) {
    if (!isDeepStrictEqual(old[keyword], now[keyword])) add('MAJOR', `${keyword} changed`);
  }
  compareMerge(before, after, add);
}

/** Old items lack a property that is new, so that telling items apart by it as well leaves them as they are. */
function compareMerge(before: SchemaNode, after: SchemaNode, add: Add): void {
  const [old, now] = [before['x-merge'], after['x-merge']];
  if (isDeepStrictEqual(old, now)) return;
  const isLonger = old && old.length > 0 && isDeepStrictEqual(now?.slice(0, old.length), old);
  const further = (isLonger && now?.slice(old.length)) || [];
  if (further.length > 0 && further.every((name) => !ownValue(before.properties, name))) {
    add('MINOR', `x-merge has ${further.join(', ')} too, which ${further.length === 1 ? 'is' : 'are'} new`);
  } else add('MAJOR', 'x-merge changed');
}

/** The old values are known one by one, so each is tried under the new node. */
function compareChoices(before: NonNullable<SchemaNode['enum']>, after: SchemaNode, add: Add): void {
  const isValid = contractAjv.firstError.compile(after);
  const refused = before.filter((choice) => !isValid(choice));
  const now = choicesOf(after);
  if (refused.length > 0)
    add('MAJOR', `no longer allowed: ${refused.map((choice) => JSON.stringify(choice)).join(', ')}`);
  else if (!now) add('MINOR', 'is no longer a list of choices');
  else if (now.some((choice) => !before.includes(choice))) add('MINOR', 'has further choices');
  else if (!isDeepStrictEqual(before, now)) add('PATCH', 'choices were reordered');
}

function compareConstraints(before: SchemaNode, after: SchemaNode, add: Add): void {
  compareTypes(typesOf(before), typesOf(after), add);
  if (choicesOf(after)) add('MAJOR', 'is a list of choices now');
  for (const keyword of ['minLength', 'minItems'] as const) {
    compareBound(keyword, before[keyword] ?? 0, after[keyword] ?? 0, add);
  }
  for (const keyword of ['maxLength', 'maxItems'] as const) {
    compareBound(keyword, -(before[keyword] ?? Infinity), -(after[keyword] ?? Infinity), add);
  }
  compareRange('minimum', lowerBound(before), lowerBound(after), add);
  compareRange('maximum', upperBound(before), upperBound(after), add);
  for (const keyword of ['pattern', 'format'] as const) {
    if (before[keyword] === after[keyword]) continue;
    if (after[keyword] === undefined) add('MINOR', `${keyword} is gone`);
    else add('MAJOR', `${keyword} is new or changed`);
  }
}

function compareTypes(before: TypeName[], after: TypeName[], add: Add): void {
  const isIn = (type: TypeName, types: TypeName[]) =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  const lost = before.filter((type) => !isIn(type, after));
  const gained = after.filter((type) => !isIn(type, before));
  if (lost.length > 0) add('MAJOR', `type ${lost.join(', ')} is no longer allowed`);
  else if (gained.length > 0) add('MINOR', `type ${gained.join(', ')} is allowed too`);
}

/** Both given so that more is narrower. */
function compareBound(name: string, before: number, after: number, add: Add): void {
  if (after > before) add('MAJOR', `${name} is narrower`);
  else if (after < before) add('MINOR', `${name} is wider`);
}

/** A bound so that more is narrower; an excluded bound is narrower than the same one included. */
interface Bound {
  at: number;
  excluded: boolean;
}

function lowerBound(node: SchemaNode): Bound {
  return narrower(node.minimum ?? -Infinity, node.exclusiveMinimum ?? -Infinity);
}

function upperBound(node: SchemaNode): Bound {
  return narrower(-(node.maximum ?? Infinity), -(node.exclusiveMaximum ?? Infinity));
}

function narrower(included: number, excluded: number): Bound {
  if (excluded === -Infinity) return { at: included, excluded: false };
  return excluded >= included ? { at: excluded, excluded: true } : { at: included, excluded: false };
}

function compareRange(name: string, before: Bound, after: Bound, add: Add): void {
  if (before.at === after.at) compareBound(name, Number(before.excluded), Number(after.excluded), add);
  else compareBound(name, before.at, after.at, add);
}

function compareProperties(before: SchemaNode, after: SchemaNode, path: string, reasons: Reason[]): void {
  if (!before.properties && !after.properties) return;
  const old = Object.entries(before.properties ?? {});
  const now = Object.entries(after.properties ?? {});
  for (const [name, property] of old) {
    const add = adderAt(`${path}.${name}`, reasons);
    const successor = ownValue(after.properties, name);
    if (successor) compareNodes(property, successor, `${path}.${name}`, reasons);
    else add('MAJOR', 'is gone or renamed');
    const wasRequired = before.required?.includes(name) ?? false;
    const isRequired = after.required?.includes(name) ?? false;
    if (successor && isRequired && !wasRequired) add('MAJOR', 'is required now');
    if (successor && wasRequired && !isRequired) add('MINOR', 'is optional now');
  }
  for (const [name] of now.filter(([each]) => !ownValue(before.properties, each))) {
    const required = after.required?.includes(name);
    adderAt(`${path}.${name}`, reasons)(required ? 'MAJOR' : 'MINOR', required ? 'is new and required' : 'is new');
  }
  const kept = now.map(([name]) => name).filter((name) => ownValue(before.properties, name));
  const sameSet = kept.length === old.length;
  if (sameSet && kept.some((name, index) => name !== old[index]?.[0])) {
    adderAt(path, reasons)('PATCH', 'properties are answered in another order');
  }
}

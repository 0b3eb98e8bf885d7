import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { contractAjv } from './ajv.ts';
import type { SchemaNode } from './dialect.ts';
import { type Issue, issueOf } from './issues.ts';
import { isObject, ownValue } from './json.ts';
import type { Contract } from './registry.ts';
import { admitsNull } from './schema-rules.ts';

/** A value held against a contract: valid if there are no issues, and then `value` is what may go on. */
export interface Validation {
  /** The given value without the nulls that stand for absent optional properties; the given one is left alone. */
  value: unknown;
  /** The first 20 at most. */
  issues: Issue[];
}

const mostIssues = 20;
const mostExamined = 20_000;

/**
 * Validates an answer (or a job's input) against its contract. Nothing is coerced, defaulted or removed but nulls of
 * optional properties. Time is linear in the value, and what it takes to explain an invalid one is bounded.
 */
export function validateAnswer(contract: Contract, value: unknown): Validation {
  const pruned = withoutNulls(contract.root, value);
  const isValid = validatorOf(contract, stopping);
  if (isValid(pruned)) return { value: pruned, issues: [] };
  const findAll = validatorOf(contract, exhaustive);
  findAll(excerpt(contract.root, pruned, { left: mostExamined }));
  const errors = [...(isValid.errors ?? []), ...(findAll.errors ?? []).slice(0, mostIssues)];
  // A validator keeps the errors of its last call, and they the value.
  isValid.errors = null;
  findAll.errors = null;
  return { value: pruned, issues: distinct(errors, pruned).slice(0, mostIssues) };
}

/** Compiled once a contract, each when it is first needed. */
interface Validators {
  ajv: Ajv2020;
  compiled: WeakMap<Contract, ValidateFunction>;
}

/** Stops at the first error. */
const stopping: Validators = { ajv: contractAjv.firstError, compiled: new WeakMap() };
/** Goes on to the end: only for values of bounded size. */
const exhaustive: Validators = { ajv: contractAjv.allErrors, compiled: new WeakMap() };

function validatorOf(contract: Contract, { ajv, compiled }: Validators): ValidateFunction {
  const known = compiled.get(contract);
  if (known) return known;
  const { $id: _, ...schema } = contract.root;
  const validator = ajv.compile(schema);
  compiled.set(contract, validator);
  return validator;
}

function distinct(errors: readonly ErrorObject[], root: unknown): Issue[] {
  const issues = new Map<string, Issue>();
  for (const error of errors) {
    const issue = issueOf(error, root);
    issues.set(`${issue.path}\n${issue.expected}`, issue);
  }
  return [...issues.values()];
}

/** Wire schemas make optional properties nullable; here their nulls become absence again. */
function withoutNulls(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = node;
    return items ? value.map((each) => withoutNulls(items, each)) : value;
  }
  if (!isObject(value) || !node.properties) return value;
  const kept = Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    const property = ownValue(node.properties, name);
    if (!property) return [[name, each]];
    const meansAbsent = each === null && !node.required?.includes(name) && !admitsNull(property);
    return meansAbsent ? [] : [[name, withoutNulls(property, each)]];
  });
  return Object.fromEntries(kept);
}

/**
 * As much of a value as can be examined for every error: its declared properties, the first of its items and a few
 * properties it should not have. Items keep their places, so paths hold for the whole value.
 */
function excerpt(node: SchemaNode, value: unknown, budget: { left: number }): unknown {
  budget.left -= 1;
  if (Array.isArray(value)) {
    const { items, minItems = 0 } = node;
    const taken: unknown[] = [];
    for (const each of value) {
      if (budget.left <= 0 && taken.length >= minItems) break;
      taken.push(items ? excerpt(items, each, budget) : each);
    }
    return taken;
  }
  if (!isObject(value) || !node.properties) return value;
  const declared = Object.entries(node.properties).filter(([name]) => Object.hasOwn(value, name));
  const others = Object.entries(value).filter(([name]) => !ownValue(node.properties, name));
  return Object.fromEntries([
    ...declared.map(([name, property]): [string, unknown] => [name, excerpt(property, value[name], budget)]),
    ...others.slice(0, mostIssues),
  ]);
}

import type { SqlObject } from '../sql-files.ts';

type Kind = 'procedure' | 'view' | 'scalar' | 'inline' | 'table';

/** What the text of an object makes of its name. */
export function kindOf(sql: string): Kind {
  if (/^CREATE OR ALTER PROCEDURE\b/im.test(sql)) return 'procedure';
  if (/^CREATE OR ALTER VIEW\b/im.test(sql)) return 'view';
  if (/\bRETURNS\s+@\w+\s+TABLE\b/i.test(sql)) return 'table';
  return /\bRETURNS\s+TABLE\b/i.test(sql) ? 'inline' : 'scalar';
}

/**
 * What moved, and the functions and views that are made of it: SQL Server looks up what those name, and the types of
 * their columns, when they are made. Each comes after what it names, procedures last: they look things up when they run.
 */
export function inMakingOrder(objects: readonly SqlObject[], moved: ReadonlySet<string>): SqlObject[] {
  const procedures = objects.filter((object) => kindOf(object.sql) === 'procedure');
  const others = objects.filter((object) => !procedures.includes(object));
  const named = new Map(others.map((object) => [object.name, namesIn(object)]));
  const ordered: SqlObject[] = [];
  const seen = new Set<string>();
  const visit = (object: SqlObject) => {
    if (seen.has(object.name)) return;
    seen.add(object.name);
    for (const other of others) if (named.get(object.name)?.has(other.name)) visit(other);
    ordered.push(object);
  };
  for (const object of others) visit(object);
  const again = new Set(moved);
  for (const { name } of ordered) if ([...(named.get(name) ?? [])].some((each) => again.has(each))) again.add(name);
  return [...ordered, ...procedures].filter(({ name }) => again.has(name) && (moved.has(name) || named.has(name)));
}

/** The functions and views that the text of an object names, without itself. */
function namesIn({ name, sql }: SqlObject): Set<string> {
  const text = sql.replace(/--[^\n]*|\/\*.*?\*\//gs, '');
  const names = new Set(Array.from(text.matchAll(/\b[a-z]+\.(?:fn|vw|bridge)_[a-z0-9_]+/g), ([found]) => found));
  names.delete(name);
  return names;
}

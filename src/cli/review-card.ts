import { isObject } from '../contracts/json.ts';
import type { RowItem } from '../knowledge/review/load-item.ts';
import { type Ink, wrapped } from './ink.ts';
import { visibleLine } from './visible.ts';

/** What is known of an item, without its evidence. */
export function cardOf(item: RowItem, ink: Ink): string {
  const fields = shownFields(item.values);
  const width = Math.max(...fields.map(([name]) => name.length), 0) + 4;
  const lines = fields.map(([name, value]) => {
    const text = wrapped(value, ink, width);
    return `  ${ink.dim(name.padEnd(width - 2))}${text.slice(width)}`;
  });
  return [ink.bold(`${item.item}  ${visibleLine(item.name)}`), `  ${standingOf(item)}`, ...lines].join('\n');
}

/** `candidate, confidence 0.80, seen 2 times, since 2026-11-21 08:43` */
export function standingOf(item: RowItem): string {
  const parts = [
    item.retracted_at === null || item.kind === 'assertion' ? item.promotion_state : 'retracted',
    `confidence ${item.confidence.toFixed(2)}`,
    ...(item.kind === 'assertion'
      ? []
      : [item.observation_count === 1 ? 'seen once' : `seen ${item.observation_count} times`]),
    ...(item.is_waiting ? ['waits for review'] : []),
    `since ${minute(item.changed_at)}`,
    ...(item.merged_into_entity_id === null ? [] : [`merged into entity:${item.merged_into_entity_id}`]),
  ];
  return parts.join(', ');
}

/** What is there of some values, objects within them flattened: `event.start`. */
export function shownFields(values: Record<string, unknown>): [name: string, value: string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] => {
    if (isObject(value)) return shownFields(value).map(([inner, text]) => [`${name}.${inner}`, text]);
    const text = textOf(value);
    return text === '' ? [] : [[visibleLine(name), text]];
  });
}

/** A value on one line; '' if there is nothing to it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join('; ');
  if (!isObject(value)) return visibleLine(String(value));
  // An attribute reads as people write it, whatever else as key: value.
  const { key, value: held, unit } = value;
  if (typeof key === 'string' && held !== undefined) {
    return `${visibleLine(key)} = ${[held, unit].map(textOf).filter(Boolean).join(' ')}`;
  }
  return shownFields(value)
    .map(([name, text]) => `${name}: ${text}`)
    .join(', ');
}

/** `2026-11-21 08:43`, UTC */
export function minute(instant: Date | string): string {
  return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}

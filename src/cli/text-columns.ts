import { displayWidth, fitted } from './display-width.ts';

export type Paint = (text: string, style: 'bold' | 'dim' | 'green' | 'red' | 'yellow') => string;

export interface Cell {
  text: string;
  style?: 'bold' | 'dim' | 'green' | 'red' | 'yellow';
}

export interface Column {
  name: string;
  align?: 'left' | 'right';
  /** Takes what room is left, and gives it first; one column of a table. */
  isFlexible?: boolean;
  /** Left out where there is no room, the highest first; then those without one, the rightmost first. */
  rank?: number;
}

const gap = '  ';
const leastFlexible = 12;

/** A head and rows as lines of at most so many columns. */
export function columnLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): string[] {
  const natural = columns.map(({ name }, at) =>
    Math.max(displayWidth(name), ...rows.map((row) => displayWidth(row[at]?.text ?? ''))),
  );
  const shown = chosen(columns, natural, width);
  const widths = roomOf(shown, columns, natural, width);
  const line = (cells: readonly Cell[], isHead: boolean) =>
    shown
      .map((at, place) => {
        const cell = cells[at] ?? { text: '' };
        const isLast = place === shown.length - 1;
        const room = Math.max(0, widths[place] ?? 0);
        const text = fitted(cell.text, room, columns[at]?.align);
        const trimmed = isLast ? text.trimEnd() : text;
        if (isHead) return paint(trimmed, 'dim');
        return cell.style === undefined ? trimmed : paint(trimmed, cell.style);
      })
      .join(gap);
  return [
    line(
      columns.map(({ name }) => ({ text: name })),
      true,
    ),
    ...rows.map((row) => line(row, false)),
  ];
}

/** The places of the columns for which there is room. */
function chosen(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const places = columns.map((_, at) => at);
  const least = (at: number) =>
    columns[at]?.isFlexible ? Math.min(leastFlexible, natural[at] ?? 0) : (natural[at] ?? 0);
  for (;;) {
    const needed = places.reduce((sum, at) => sum + least(at), 0) + gap.length * Math.max(0, places.length - 1);
    if (needed <= width || places.length <= 1) return places;
    const [next = 0] = places.toSorted((a, b) => rankOf(columns, b) - rankOf(columns, a));
    places.splice(places.indexOf(next), 1);
  }
}

/** Columns without a rank go last, and from the right. */
function rankOf(columns: readonly Column[], at: number): number {
  return columns[at]?.rank ?? at / columns.length - 1;
}

function roomOf(
  shown: readonly number[],
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
): number[] {
  const total = shown.reduce((sum, at) => sum + (natural[at] ?? 0), 0) + gap.length * Math.max(0, shown.length - 1);
  const widths = shown.map((at) => natural[at] ?? 0);
  // Without a flexible one there is but one left where it is too narrow for more.
  const giver = Math.max(
    0,
    shown.findIndex((at) => columns[at]?.isFlexible),
  );
  widths[giver] = Math.max(1, (widths[giver] ?? 0) - Math.max(0, total - width));
  return widths;
}

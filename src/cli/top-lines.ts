import type { TopReading } from '../db/top-queries.ts';
import { displayWidth, fitted } from './display-width.ts';
import { secondsText } from './span-text.ts';
import { columnLines, type Paint } from './text-columns.ts';
import { type Section, sectionsOf } from './top-sections.ts';
import { visibleLine } from './visible.ts';

/** What is looked at, and how. */
export interface TopView {
  /** Where the figures come from, without a password. */
  place: string;
  interval_s: number;
  isPaused: boolean;
  /** Place of the section that is given the most room, and how many of its rows are passed over. */
  selected: number;
  scroll: number;
  /** What the database said last, if it was no reading; `since` is when that began. */
  failure: { message: string; since: Date } | undefined;
  /** Since when an answer is waited for. */
  asking_since: Date | undefined;
}

/** Everything, one section after the other, as many lines as it takes. */
export function wholeTop(reading: TopReading, place: string, width: number, paint: Paint): string[] {
  const parts = sectionsOf(reading).flatMap((section) => [
    '',
    titleLine(section, width, false, paint),
    ...tableLines(section, width, paint),
  ]);
  return [headLine(reading, place, [], width, paint), ...parts];
}

/** Exactly as many lines as the terminal has, none wider than it. */
export function topScreen(
  reading: TopReading | undefined,
  view: TopView,
  size: { columns: number; rows: number },
  now: Date,
  paint: Paint,
): string[] {
  const { columns: width, rows: height } = size;
  const head = [
    headLine(reading, view.place, states(view), width, paint),
    ...troubles(reading, view, now, width, paint),
  ];
  const foot = height > head.length + 3 ? [paint(fitted(keysText, width).trimEnd(), 'dim')] : [];
  const room = Math.max(0, height - head.length - foot.length);
  const body = reading === undefined ? [] : bodyLines(sectionsOf(reading), view, width, room, paint);
  const lines = [...head, ...body].slice(0, height - foot.length);
  while (lines.length < height - foot.length) lines.push('');
  return [...lines, ...foot].slice(0, height);
}

const keysText = 'q quit  p pause  r now  tab section  j/k rows';

function states(view: TopView): string[] {
  return [view.isPaused ? 'paused' : `every ${view.interval_s} s`];
}

function headLine(
  reading: TopReading | undefined,
  place: string,
  more: readonly string[],
  width: number,
  paint: Paint,
): string {
  const types = reading?.job_types ? [`only ${reading.job_types.join(', ')}`] : [];
  const time = reading ? [`${reading.at.toISOString().slice(0, 19).replace('T', ' ')} UTC`] : [];
  const text = ['sproute top', ...time, ...more, ...types, visibleLine(place)].join('  ');
  return paint(fitted(text, width).trimEnd(), 'bold');
}

/** A line for a database that is away or slow. */
function troubles(reading: TopReading | undefined, view: TopView, now: Date, width: number, paint: Paint): string[] {
  const line = (text: string) => [paint(fitted(text, width).trimEnd(), 'red')];
  const since = (start: Date) => secondsText((now.getTime() - start.getTime()) / 1_000);
  if (view.failure !== undefined) {
    const stale = reading === undefined ? '' : ' The figures are old.';
    return line(
      `No answer for ${since(view.failure.since)}, trying again.${stale} ${visibleLine(view.failure.message)}`,
    );
  }
  if (view.asking_since !== undefined && now.getTime() - view.asking_since.getTime() >= slowMs) {
    return line(`The database has been asked ${since(view.asking_since)} ago and has not answered yet.`);
  }
  return [];
}

const slowMs = 3_000;

function bodyLines(sections: readonly Section[], view: TopView, width: number, room: number, paint: Paint): string[] {
  const selected = Math.min(view.selected, sections.length - 1);
  // Where not even the titles have room, the chosen section has it all.
  if (room < sections.length) {
    const section = sections[selected];
    return section ? sectionLines(section, room, view.scroll, width, true, paint) : [];
  }
  const rooms = allotted(
    sections.map(({ rows }) => (rows.length === 0 ? 0 : rows.length + 1)),
    room - sections.length,
    selected,
  );
  return sections.flatMap((section, at) =>
    sectionLines(section, 1 + (rooms[at] ?? 0), at === selected ? view.scroll : 0, width, at === selected, paint),
  );
}

/**
 * How many lines each section has below its title: the chosen one up to half of them, then each a head and a row, then a
 * row each in turn; what nobody else wants is the chosen one's.
 */
export function allotted(wanted: readonly number[], room: number, selected: number): number[] {
  const given = wanted.map(() => 0);
  let left = room;
  const give = (at: number, lines: number) => {
    const more = Math.min(lines, left, (wanted[at] ?? 0) - (given[at] ?? 0));
    given[at] = (given[at] ?? 0) + more;
    left -= more;
    return more > 0;
  };
  give(selected, Math.max(2, Math.floor(room / 2)));
  // A head without a row says nothing.
  wanted.forEach((lines, at) => {
    if (at !== selected && left >= 2 && lines >= 2) give(at, 2);
  });
  for (let isGiven = true; isGiven && left > 0; ) {
    isGiven = false;
    wanted.forEach((_, at) => {
      if (at !== selected && (given[at] ?? 0) > 0) isGiven = give(at, 1) || isGiven;
    });
  }
  give(selected, left);
  return given.map((lines) => (lines === 1 ? 0 : lines));
}

/** How far the rows of a section may be scrolled at most: the last one stays in sight. */
export function lastScroll(reading: TopReading, selected: number): number {
  return Math.max(0, (sectionsOf(reading)[selected]?.rows.length ?? 0) - 1);
}

function sectionLines(
  section: Section,
  room: number,
  scroll: number,
  width: number,
  isSelected: boolean,
  paint: Paint,
): string[] {
  const tableRoom = Math.max(0, room - 2);
  const first = Math.max(0, Math.min(scroll, section.rows.length - tableRoom));
  const rows = section.rows.slice(first, first + tableRoom);
  const hidden =
    rows.length < section.rows.length && room > 2
      ? ` [${first + 1}-${first + rows.length} of ${section.rows.length}]`
      : '';
  const title = titleLine({ ...section, title: `${section.title}${hidden}` }, width, isSelected, paint);
  return [title, ...tableLines({ ...section, rows }, width, paint)].slice(0, room);
}

function titleLine({ title, summary }: Section, width: number, isSelected: boolean, paint: Paint): string {
  const name = fitted(`${isSelected ? '> ' : ''}${title}`, Math.min(width, displayWidth(title) + 2)).trimEnd();
  const left = width - displayWidth(name) - 2;
  return left < 4 ? paint(name, 'bold') : `${paint(name, 'bold')}: ${fitted(summary, left).trimEnd()}`;
}

function tableLines({ columns, rows }: Section, width: number, paint: Paint): string[] {
  return rows.length === 0 ? [] : columnLines(columns, rows, width, paint);
}

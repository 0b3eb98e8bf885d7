import type { NodeProgress } from '../db/ontology-dag-queries.ts';
import { titleOf } from '../ontology/nodes.ts';
import { displayWidth, fitted } from './display-width.ts';
import { visibleLine } from './visible.ts';

const marks = { COMPLETED: '✓', FAILED: '✗', SKIPPED: '–', RUNNING: ' ', PENDING: '○' } as const;

/** A dag as people watch it: one line a phase, what is running now, failures, and what was found. */
export function progressLines(title: string, nodes: readonly NodeProgress[], width = 100): string[] {
  const last = nodes.length - 1;
  return [
    title,
    ...nodes.flatMap((node, at) => {
      const [branch, stem] = at === last ? ['└─', '  '] : ['├─', '│ '];
      const now = node.status === 'RUNNING' ? node.running.slice(0, 3).join(', ') : '';
      return [
        cut(`${branch} ${marks[node.status]} ${phaseText(node)}`, width),
        ...(now === '' ? [] : [cut(`${stem}   └─ now: ${now}`, width)]),
      ];
    }),
  ];
}

/** `Classifying columns (23/38), 1 failed: found 38 columns` */
export function phaseText(node: NodeProgress): string {
  const { status, is_planning, done, failed, total, message } = node;
  const count =
    status === 'PENDING'
      ? ''
      : status === 'RUNNING' && is_planning
        ? ' (counting)'
        : total > 0
          ? ` (${status === 'SKIPPED' ? done - failed : done}/${total})`
          : '';
  // How a node ended says its message; before that, the count does.
  const failures = status === 'RUNNING' && failed > 0 ? `, ${failed} failed` : '';
  const waiting =
    node.waiting > 0 ? `, ${node.waiting} waiting${node.why === null ? '' : ` (${node.why.slice(0, 100)})`}` : '';
  const left = status === 'SKIPPED' ? ', skipped' : '';
  const said = message === null ? '' : `: ${message}`;
  return visibleLine(`${titleOf(node.name)}${count}${left}${failures}${waiting}${said}`);
}

function cut(line: string, width: number): string {
  return displayWidth(line) <= width ? line : fitted(line, width).trimEnd();
}

/** Where progress is shown: a block that is drawn anew on a terminal, lines elsewhere. */
export interface ProgressView {
  show(nodes: readonly NodeProgress[], note?: string): void;
}

export interface Screen {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

/** On `screen`, stderr for people; `clock` is for tests. */
export function progressView(title: string, screen: Screen, clock: () => number = Date.now): ProgressView {
  return screen.isTTY ? block(title, screen, clock) : lines(title, screen, clock);
}

const esc = String.fromCharCode(27);

function block(title: string, screen: Screen, clock: () => number): ProgressView {
  const started = clock();
  let drawn: string[] = [];
  return {
    show(nodes, note) {
      const since = Math.round((clock() - started) / 1_000);
      const width = Math.max(40, (screen.columns || 100) - 1);
      const all = progressLines(`${title}, ${since} s`, nodes, width);
      if (note !== undefined) all.splice(1, 0, cut(visibleLine(note), width));
      // More lines than the screen has could not be taken back.
      const next = all.slice(0, Math.max(4, (screen.rows || 40) - 1));
      if (next.join('\n') === drawn.join('\n')) return;
      const up = drawn.length === 0 ? '' : `${esc}[${drawn.length}A`;
      screen.write(`${up}${next.map((line) => `${esc}[2K${line}\n`).join('')}${esc}[0J`);
      drawn = next;
    },
  };
}

/** So that nobody waits five seconds for a word, although looking may take one or two on a busy machine. */
const lineEveryMs = 3_000;

function lines(title: string, screen: Screen, clock: () => number): ProgressView {
  const told = new Map<string, string>();
  let last: number | undefined;
  let noted: string | undefined;
  const tell = (text: string) => {
    last = clock();
    screen.write(`${text}\n`);
  };
  return {
    show(nodes, note) {
      if (last === undefined) tell(title);
      if (note !== undefined && note !== noted) tell(visibleLine(note));
      noted = note;
      for (const node of nodes) {
        const isOver = node.status !== 'RUNNING' && node.status !== 'PENDING';
        const text = `${marks[node.status]} ${phaseText(node)}`.trim();
        if (!isOver || told.get(node.name) === text) continue;
        told.set(node.name, text);
        tell(text);
      }
      const open = nodes.find(({ status }) => status === 'RUNNING');
      if (open === undefined || clock() - (last ?? 0) < lineEveryMs) return;
      const now = open.running.slice(0, 3).join(', ');
      tell(visibleLine(`… ${phaseText(open)}${now === '' ? '' : `; now ${now}`}`));
    },
  };
}

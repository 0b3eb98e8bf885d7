import type { Readable } from 'node:stream';
import type { TopReading } from '../db/top-queries.ts';
import { isSprouteError, messageOf } from '../errors.ts';
import { LiveScreen, type ScreenOutput } from './live-screen.ts';
import type { Paint } from './text-columns.ts';
import { lastScroll, type TopView, topScreen } from './top-lines.ts';
import { sectionsOf } from './top-sections.ts';

export type KeyInput = Readable & { isTTY?: boolean; setRawMode?: (mode: boolean) => unknown };

export interface LiveTopOptions {
  read: () => Promise<TopReading>;
  place: string;
  interval_s: number;
  out: ScreenOutput;
  input: KeyInput;
  paint: Paint;
  signal: AbortSignal;
  /** Called when the terminal is wanted back at once (Ctrl-Z). */
  suspend: () => void;
}

const tickMs = 1_000;
/** A reading that takes long is followed by a pause so many times as long, so that looking costs little. */
const restFactor = 9;

/**
 * Shows the figures until q, Ctrl-C or the signal, or until the terminal is gone. A database that does not answer is said
 * to be away and asked again; only a first reading that fails is thrown.
 */
export async function liveTop(options: LiveTopOptions): Promise<void> {
  const first = await options.read();
  if (options.signal.aborted) return;
  const top = new LiveTop(options, first);
  await top.run();
}

class LiveTop {
  readonly #options: LiveTopOptions;
  readonly #screen: LiveScreen;
  readonly #ended = Promise.withResolvers<void>();
  #isOver = false;
  #reading: TopReading;
  #view: TopView;
  #rouse = () => {};

  constructor(options: LiveTopOptions, first: TopReading) {
    this.#options = options;
    this.#screen = new LiveScreen(options.out);
    this.#reading = first;
    this.#view = {
      place: options.place,
      interval_s: options.interval_s,
      isPaused: false,
      selected: 0,
      scroll: 0,
      failure: undefined,
      asking_since: undefined,
    };
  }

  async run(): Promise<void> {
    const { input, out, signal } = this.#options;
    const end = () => this.#end();
    const restore = () => this.#leave();
    const hear = (data: unknown) => this.#hear(String(data));
    const resize = () => this.#draw();
    const resume = () => this.#enter();
    const ticking = setInterval(() => this.#draw(), tickMs);
    signal.addEventListener('abort', end, { once: true });
    out.on('resize', resize);
    out.on('error', end);
    input.on('data', hear);
    input.on('end', end);
    // Whatever ends the process, its terminal is usable afterwards, and what it died of is not lost with the screen.
    process.on('exit', restore);
    process.on('uncaughtExceptionMonitor', restore);
    process.on('SIGCONT', resume);
    process.on('SIGHUP', end);
    try {
      this.#enter();
      await Promise.race([this.#ended.promise, this.#readOn()]);
    } finally {
      clearInterval(ticking);
      signal.removeEventListener('abort', end);
      out.off('resize', resize);
      out.off('error', end);
      input.off('data', hear);
      input.off('end', end);
      process.off('SIGCONT', resume);
      process.off('SIGHUP', end);
      this.#end();
      this.#leave();
      process.off('exit', restore);
      process.off('uncaughtExceptionMonitor', restore);
    }
  }

  async #readOn(): Promise<void> {
    let rest = this.#options.interval_s * 1_000;
    while (!this.#isOver) {
      await this.#pause(rest);
      if (this.#isOver) return;
      const asked = new Date();
      this.#view.asking_since = asked;
      try {
        this.#reading = await this.#options.read();
        this.#view.failure = undefined;
        this.#view.scroll = Math.min(this.#view.scroll, lastScroll(this.#reading, this.#view.selected));
      } catch (error) {
        const message = isSprouteError(error) ? `${error.code}: ${error.message}` : messageOf(error);
        this.#view.failure = { message, since: this.#view.failure?.since ?? asked };
      }
      this.#view.asking_since = undefined;
      const took = Date.now() - asked.getTime();
      const least = this.#options.interval_s * 1_000;
      rest = this.#view.failure === undefined ? Math.max(least, restFactor * took) : least;
      this.#draw();
    }
  }

  /** Waits so long, and while it is paused; less if roused. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#rouse = resolve;
    const timer = setInterval(() => {
      if (!this.#view.isPaused) resolve();
    }, ms);
    await promise;
    clearInterval(timer);
    this.#rouse = () => {};
  }

  #hear(data: string): void {
    for (const key of keysOf(data)) if (!this.#isOver) this.#press(key);
    this.#draw();
  }

  #press(key: string): void {
    const view = this.#view;
    const sections = sectionsOf(this.#reading).length;
    const select = (step: number) => {
      view.selected = (view.selected + step + sections) % sections;
      view.scroll = 0;
    };
    const scroll = (step: number) => {
      view.scroll = Math.min(Math.max(0, view.scroll + step), lastScroll(this.#reading, view.selected));
    };
    const page = Math.max(1, Math.floor(this.#screen.size.rows / 2));
    const deeds: Record<string, () => void> = {
      q: () => this.#end(),
      '\u0003': () => this.#end(),
      '\u0004': () => this.#end(),
      '\u001a': () => this.#suspend(),
      p: () => this.#togglePause(),
      ' ': () => this.#togglePause(),
      r: () => this.#rouse(),
      '\t': () => select(1),
      right: () => select(1),
      l: () => select(1),
      'shift-tab': () => select(-1),
      left: () => select(-1),
      h: () => select(-1),
      j: () => scroll(1),
      down: () => scroll(1),
      k: () => scroll(-1),
      up: () => scroll(-1),
      'page-down': () => scroll(page),
      'page-up': () => scroll(-page),
    };
    if (Object.hasOwn(deeds, key)) deeds[key]?.();
  }

  #togglePause(): void {
    this.#view.isPaused = !this.#view.isPaused;
    if (!this.#view.isPaused) this.#rouse();
  }

  #suspend(): void {
    this.#leave();
    this.#options.suspend();
  }

  #enter(): void {
    const { input } = this.#options;
    if (this.#isOver) return;
    if (input.isTTY) input.setRawMode?.(true);
    input.resume();
    this.#screen.open();
    this.#draw();
  }

  #leave(): void {
    const { input } = this.#options;
    this.#screen.close();
    if (input.isTTY) input.setRawMode?.(false);
    input.pause();
  }

  #draw(): void {
    if (this.#isOver) return;
    this.#screen.draw(topScreen(this.#reading, this.#view, this.#screen.size, new Date(), this.#options.paint));
  }

  #end(): void {
    this.#isOver = true;
    this.#rouse();
    this.#ended.resolve();
  }
}

const escapes = new Map([
  ['A', 'up'],
  ['B', 'down'],
  ['C', 'right'],
  ['D', 'left'],
  ['Z', 'shift-tab'],
  ['5~', 'page-up'],
  ['6~', 'page-down'],
]);

const esc = String.fromCharCode(27);
const keyPattern = new RegExp(`${esc}[[O]([\\d;]*[A-Za-z~])|[\\s\\S]`, 'gu');

/** What was typed, key by key: several may come at once. */
export function keysOf(data: string): string[] {
  return [...data.matchAll(keyPattern)].flatMap(([key, code]) => {
    if (code !== undefined) return escapes.get(code) ?? [];
    return key === esc ? [] : [key.toLowerCase()];
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import { median } from './report.ts';

/** What a process holds at an instant. */
export interface Sample {
  /** Since the watch began. */
  minutes: number;
  rss_mb: number;
  fds: number;
  threads: number;
}

export interface Watch {
  samples: Sample[];
  stop(): void;
}

/** Looks every so often at what a process holds; from /proc, so on Linux alone. */
export function watchProcess(pid: number, every_ms: number): Watch {
  const started = performance.now();
  const samples: Sample[] = [];
  const look = () => {
    const seen = sampleOf(pid);
    if (seen !== undefined) samples.push({ minutes: (performance.now() - started) / 60_000, ...seen });
  };
  look();
  const timer = setInterval(look, every_ms);
  return { samples, stop: () => clearInterval(timer) };
}

/** undefined if there is no such process any more. */
function sampleOf(pid: number): Omit<Sample, 'minutes'> | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    return { rss_mb: field('VmRSS') / 1024, fds: readdirSync(`/proc/${pid}/fd`).length, threads: field('Threads') };
  } catch {
    return undefined;
  }
}

/** How a figure moved: its median at the beginning and at the end, its peak, and the slope of the line that fits best. */
export interface Trend {
  begin: number;
  end: number;
  peak: number;
  per_hour: number;
}

/** The trend of a figure once the process is warm: the first sixth of the time does not count. */
export function trendOf(samples: readonly Sample[], figure: 'rss_mb' | 'fds' | 'threads'): Trend {
  const warm = samples.filter(({ minutes }) => minutes >= (samples.at(-1)?.minutes ?? 0) / 6);
  const values = warm.map((sample) => sample[figure]);
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return {
    begin: median(values.slice(0, tenth)),
    end: median(values.slice(-tenth)),
    peak: Math.max(...samples.map((sample) => sample[figure])),
    per_hour: slope(warm.map((sample) => [sample.minutes / 60, sample[figure]])),
  };
}

/** Least squares; 0 of fewer than two points. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

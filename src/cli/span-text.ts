const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Seconds as a person reads them, in two units at most: `45s`, `12m 05s`, `3h 20m`, `2d 04h`. */
export function secondsText(seconds: number): string {
  const whole = Math.abs(Math.round(seconds));
  const sign = seconds < 0 && whole > 0 ? '-' : '';
  const at = units.findIndex(([, size]) => whole >= size);
  const [unit, size] = units[at] ?? ['s', 1];
  const smaller = units[at + 1];
  const first = `${sign}${Math.floor(whole / size)}${unit}`;
  if (at < 0 || smaller === undefined) return first;
  const rest = Math.floor((whole % size) / smaller[1]);
  return `${first} ${String(rest).padStart(2, '0')}${smaller[0]}`;
}

/** Milliseconds: `850ms`, `3.2s`, then as seconds. */
export function millisecondsText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)}s` : secondsText(ms / 1_000);
}

/**
 * Milliseconds of a clock that nobody sets and that all threads share: for whatever is measured or waited for. What a clock
 * on the wall says may jump by hours, and renewals or time-outs with it.
 */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

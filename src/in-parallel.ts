/** Does the work for each of many, at most `width` at a time; stops at the first failure and throws it. */
export async function inParallel<T>(
  all: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (each: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  for await (const each of all) {
    const one: Promise<void> = work(each)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= width) await Promise.race(running);
    if (failure) break;
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}

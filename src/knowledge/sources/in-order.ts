/** Works on a few at a time and gives the results in order. Nothing new begins once nobody takes them any more. */
export async function* inOrder<T, R>(
  all: Iterable<T>,
  atATime: number,
  work: (each: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for (const each of all) {
    const result = work(each);
    // It is awaited in its turn; until then a failure is nobody's.
    result.catch(() => {});
    running.push(result);
    if (running.length >= atATime) yield* await first(running);
  }
  while (running.length > 0) yield* await first(running);
}

async function first<R>(running: Promise<R>[]): Promise<R[]> {
  const next = running.shift();
  return next ? [await next] : [];
}

/** A queue as the benchmark sees it. Every step starts from an empty queue. */
export interface Contestant {
  name: string;
  /** Enqueues `jobs` no-op jobs, each with its key unless the name says otherwise, a thousand a call; returns how long it took, ms. */
  enqueue(jobs: number): Promise<number>;
  /** What maintenance would have done by then. */
  settle(): Promise<void>;
  /** Works off what is queued; returns how long it took from starting the workers to the last job's end, ms. */
  burnDown(jobs: number): Promise<number>;
  /** Single claims from the queue as it is; how long each took, ms. */
  claims?(times: number): Promise<number[]>;
  /** From the start of enqueueing to the start of the job, with an idle worker waiting; ms each. */
  pickUps?(times: number): Promise<number[]>;
  close(): Promise<void>;
}

export function inThousands(jobs: number): number[] {
  return Array.from({ length: Math.ceil(jobs / 1000) }, (_, at) => at * 1000);
}

/** A promise that resolves when `count` jobs have come by. */
export function countdown(count: number): { hit: () => void; done: Promise<void> } {
  let left = count;
  let resolve: () => void = () => {};
  const done = new Promise<void>((settle) => {
    resolve = settle;
  });
  return {
    done,
    hit: () => {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}

import { note } from './report.ts';

/** What one contender did in one round. */
export type Figures = Record<string, number>;

export interface Contender {
  name: string;
  round: () => Promise<Figures>;
}

/** Runs the contenders in turn, several times (A B C A B C ...), and returns all figures of each. */
export async function interleave(contenders: readonly Contender[], rounds: number): Promise<Map<string, Figures[]>> {
  const figures = new Map<string, Figures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, round: go } of contenders) {
      const got = await go();
      figures.get(name)?.push(got);
      note(`round ${round}/${rounds} ${name}: ${JSON.stringify(got)}`);
    }
  }
  return figures;
}

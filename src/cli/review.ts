import type { Command } from 'commander';
import { readQueue } from '../db/review-queries.ts';
import { openConversation } from './conversation.ts';
import { decidedBy } from './decided-by.ts';
import { stderrInk, stdoutInk } from './ink.ts';
import { grouped, print, printJson, say } from './output.ts';
import { registerReviewDecide } from './review-decide.ts';
import { registerReviewList } from './review-list.ts';
import { type QueueOptions, queueFilter, withQueueOptions } from './review-options.ts';
import { registerReviewShow } from './review-show.ts';
import { tallyText } from './review-tally.ts';
import { ReviewWalk } from './review-walk.ts';
import { withSession } from './session.ts';

interface WalkOptions extends QueueOptions {
  by?: string;
  reason?: string;
  json?: boolean;
}

const mostInWalk = 100_000;

/** `sproute review`: what waits for a person, and what people decide. */
export function registerReview(program: Command): void {
  const review = withQueueOptions(
    program
      .command('review')
      .description('walk through what waits for a person, and decide; or list, show and decide by name'),
  )
    .option('--reason <text>', 'why; it is kept with every decision that has no reason of its own')
    .option('--by <name>', "who decides (default: the operating system's user)")
    .option('--json', 'print what it came to as JSON on stdout, everything else on stderr')
    .addHelpText(
      'after',
      "\nExamples:\n  sproute review\n  sproute review --kind relation --confidence-below 0.8 --order page\n  printf '%s\\n' a r s | sproute review --json\n\nOn a terminal single keys decide; ? lists them. Elsewhere each line of stdin is a key, or an answer.",
    )
    .action(walk);
  registerReviewList(review);
  registerReviewShow(review);
  registerReviewDecide(review);
}

async function walk(options: WalkOptions): Promise<void> {
  const { reason, json } = options;
  const decided_by = decidedBy(options.by);
  await withSession(async ({ db }) => {
    const queue = await readQueue(db, await queueFilter(db, options, mostInWalk));
    const tell = json ? say : print;
    const conversation = openConversation();
    const ink = json ? stderrInk() : stdoutInk();
    const walk = new ReviewWalk(db, queue, { decided_by, reason }, conversation, tell, ink);
    tell(howMany(queue.length));
    try {
      await walk.run();
    } finally {
      conversation.close();
      if (json) printJson(walk.tally);
      else print(`\n${tallyText(walk.tally)}`);
    }
    if (walk.tally.left > 0) say('Next: sproute review (goes on), or sproute review ls');
  });
}

function howMany(items: number): string {
  if (items === 0) return 'Nothing waits for review.';
  return items === 1 ? 'One item waits for review.' : `${grouped(items)} items wait for review.`;
}

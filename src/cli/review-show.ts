import type { Command } from 'commander';
import type { Database } from '../db/connect.ts';
import { type PastDecision, readDecisions } from '../db/review-decisions.ts';
import { gatherEvidence, type ShownEvidence } from '../knowledge/review/gather-evidence.ts';
import { type ItemId, parseItemId } from '../knowledge/review/item-id.ts';
import { loadItem, type ReviewItem } from '../knowledge/review/load-item.ts';
import { PageTexts } from '../knowledge/review/page-texts.ts';
import { type Ink, stdoutInk } from './ink.ts';
import { wholeNumber } from './options.ts';
import { print, printJson } from './output.ts';
import { cardOf } from './review-card.ts';
import { decisionText } from './review-decision-text.ts';
import { evidenceText } from './review-evidence.ts';
import { pairCard, pairEvidence } from './review-pair-card.ts';
import { withSession } from './session.ts';

export function registerReviewShow(review: Command): void {
  review
    .command('show')
    .description('show an item: its values, who said so, every quote with the page around it, and what was decided')
    .argument('<item>', 'kind:id, such as relation:7')
    .option('--evidence <n>', 'at most so many pieces of evidence, the surest first', wholeNumber(1, 100_000), 20)
    .option('--around <n>', 'characters of the page on either side of a quote', wholeNumber(0, 10_000), 200)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sproute review show relation:7\n  sproute review show pair:9 --around 80\n  sproute review show entity:12 --evidence 100 --json',
    )
    .action(async (item: string, options: { evidence: number; around: number; json?: boolean }) => {
      const id = parseItemId(item);
      await withSession(async ({ db }) => {
        const story = await readStory(db, id, options.evidence, options.around);
        if (options.json) printJson(asJson(story));
        else print(storyText(story, stdoutInk()));
      });
    });

  review
    .command('history')
    .description('show what was decided about an item: by whom, when, why, and the row before and after')
    .argument('<item>', 'kind:id, such as relation:7')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  sproute review history relation:7')
    .action(async (item: string, options: { json?: boolean }) => {
      const id = parseItemId(item);
      const decisions = await withSession(async ({ db }) => {
        await loadItem(db, id);
        return readDecisions(db, id.kind, id.id);
      });
      if (options.json) printJson(decisions);
      else print(decisions.length === 0 ? '(none)' : decisions.map(decisionText).join('\n'));
    });
}

interface Story {
  item: ReviewItem;
  /** Of a pair, that of both. */
  evidence: ShownEvidence[][];
  decisions: PastDecision[];
}

async function readStory(db: Database, id: ItemId, limit: number, around: number): Promise<Story> {
  const item = await loadItem(db, id);
  const texts = new PageTexts(db);
  const evidence: ShownEvidence[][] = [];
  for (const row of item.kind === 'pair' ? [item.first, item.second] : [item]) {
    evidence.push(await gatherEvidence(db, texts, row, { limit, around }));
  }
  return { item, evidence, decisions: await readDecisions(db, id.kind, id.id) };
}

function asJson({ item, evidence, decisions }: Story): object {
  const [first = [], second = []] = evidence.map((pieces) => pieces.map(({ pieces: _, ...piece }) => piece));
  if (item.kind !== 'pair') return { ...item, evidence: first, decisions };
  return {
    ...item,
    first: { ...item.first, evidence: first },
    second: { ...item.second, evidence: second },
    decisions,
  };
}

function storyText({ item, evidence: [first = [], second = []], decisions }: Story, ink: Ink): string {
  return [
    item.kind === 'pair' ? pairCard(item, ink) : cardOf(item, ink),
    item.kind === 'pair' ? pairEvidence(first, second, 0, ink) : evidenceText(first, 0, ink),
    ...(decisions.length === 0 ? [] : ['  Decisions', ...decisions.map((each) => indented(decisionText(each)))]),
  ].join('\n');
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

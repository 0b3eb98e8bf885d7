import { hash } from 'node:crypto';
import type { ContractItem } from '../contracts/items.ts';
import type { Contract } from '../contracts/registry.ts';
import { refuseOtherMajor, upgradeAnswer } from '../contracts/upgrade.ts';
import { SprouteError } from '../errors.ts';
import type { StoredAnswer, StoredOutput } from '../lake/stored-output.ts';
import { type AnsweredChunk, type PagePayload, pagePayload } from './page-payload.ts';

interface ReplayPage {
  source_page_id: number;
  version: number;
  content: string;
  content_sha256: string;
}

/**
 * The payload of a page's stored answers, built by today's code and under today's contract; prompt, model and contract
 * version stay those that the answers were given under.
 * Throws CONTRACT_MISMATCH for answers of another contract or MAJOR, LAKE_CORRUPT for answers that do not fit the page.
 */
export function replayPayload(contract: Contract, page: ReplayPage, stored: StoredOutput): PagePayload {
  refuseOtherMajor(contract, stored);
  const { content, ...about } = page;
  const answered = answersOf(contract, stored).map((answer) => onPage(contract, stored.version, content, answer));
  return {
    ...pagePayload(contract, about, stored.model, answered),
    version: stored.version,
    prompt_sha256: stored.prompt_sha256,
  };
}

/** The valid answers by chunk; an output without them is read back from its items. */
function answersOf(contract: Contract, stored: StoredOutput): StoredAnswer[] {
  if (stored.answers) return stored.answers;
  const chunks = stored.chunks ?? [];
  if (new Set(chunks.map((chunk) => chunk.chunk_index)).size < chunks.length) {
    throw corrupt('its output holds no answers, and the items of its split chunks cannot be told apart');
  }
  return chunks.map((chunk) => {
    const items = stored.items.filter((item) => item.chunk_index === chunk.chunk_index);
    const entries = contract.items.map((item): [ContractItem, object[]] => [
      item,
      items.filter(({ item_kind }) => item_kind === item.kind).map(({ payload }) => payload),
    ]);
    const whole = entries.find(([item]) => item.path === '')?.[1][0];
    const lists = entries.filter(([item]) => item.path !== '').map(([item, found]) => [item.path, found]);
    return { ...chunk, answer: { ...whole, ...Object.fromEntries(lists) } };
  });
}

function onPage(contract: Contract, version: string, content: string, stored: StoredAnswer): AnsweredChunk {
  const { chunk_index, char_start, char_end, content_sha256 } = stored;
  const slice = content.slice(char_start, char_end);
  if (hash('sha256', slice) !== content_sha256) throw corrupt(`its chunk ${chunk_index} is no part of the page`);
  const { value, issues } = upgradeAnswer(contract, version, stored.answer);
  const [issue] = issues;
  if (issue) {
    throw corrupt(`the answer about chunk ${chunk_index} is invalid: ${issue.path} should be ${issue.expected}`);
  }
  return { chunk_index, char_start, char_end, content: slice, content_sha256, answer: value };
}

function corrupt(reason: string): SprouteError {
  return new SprouteError('LAKE_CORRUPT', `The stored answers cannot be applied: ${reason}.`, {
    hint: '`sproute backfill <job_type> --page <id>` asks the model again.',
  });
}

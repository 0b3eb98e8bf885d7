import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { queryRows } from '../../src/db/query.ts';
import { finish, projectFolder, runCli, startCli } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { jobCount, withFaults } from '../support/fault-run.ts';
import { putPage } from '../support/routing.ts';
import { plainAnswer, type Reply, type ScriptedRequest, startScriptedModel } from '../support/scripted-model.ts';

/** What may happen to a request, by name; afterwards the endpoint answers it as it should. */
const moments: Record<string, (text: string) => Reply> = {
  'asks to wait': () => ({ status: 429, headers: { 'retry-after': '0.1' } }),
  'in a code fence after some thought': (text) => ({
    text: `<think>Let me see {"a":1}</think>Here it is:\n\`\`\`json\n${text}\n\`\`\`\nI hope it helps.`,
  }),
  'a burst of 500': () => ({ status: 500 }),
  'invalid JSON': () => ({ text: 'I would rather not.' }),
  'schema ignored': () => ({ text: '{"nonsense": true}' }),
  'connection reset': () => ({ reset: true }),
  'a list is missing': () => ({ text: '{"relationships": []}' }),
  'a comma too much': (text) => ({ text: `${text.slice(0, -1)},}` }),
  'wrong content type': (text) => ({ text, content_type: 'text/html' }),
  'hangs for good': () => ({ hang: true }),
  'an error in the body of a 200': () => ({ status: 200, body: { error: { message: 'overloaded', code: 503 } } }),
  'an empty answer': () => ({ text: '' }),
  'drips for minutes': (text) => ({ drip: text, every_ms: 500 }),
  'connection broken off in the body': (text) => ({ broken_off: { text } }),
  'a page of HTML': () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' }),
};
const burst = 2;

test('an endpoint with every kind of bad moment still gives the rows that it would have given', async () => {
  await withFaults(async (run) => {
    // What hangs or drips is ended by the job's time-out, which counts as an attempt.
    await queryRows(run.t.db, 'UPDATE llm.job_type SET timeout_seconds = 5, backoff_base_seconds = 0');
    await queryRows(run.t.db, 'UPDATE llm.job SET max_attempts = 10');
    const names = Object.keys(moments);
    const met = new Map<string, { name: string; times: number }>();
    run.respond = (request) => {
      const good = plainAnswer(request);
      const key = `${request.contract} ${request.content.slice(0, 200)}`;
      const own = met.get(key) ?? { name: names[met.size % names.length] ?? '', times: 0 };
      own.times += 1;
      met.set(key, own);
      const isBad = own.times <= (own.name === 'a burst of 500' ? burst : 1);
      return (isBad && moments[own.name]?.('answer' in good ? JSON.stringify(good.answer) : '')) || good;
    };
    const { ended } = run.start(['run', '--drain', '--threads', '1'], { LLM_CONCURRENCY: '6' });
    const ran = await ended;
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).not.toContain(run.settings.LLM_API_KEY);
    expect(new Set([...met.values()].map(({ name }) => name))).toEqual(new Set(names));
    const purposes = await queryRows(run.t.db, 'SELECT DISTINCT purpose FROM llm.call ORDER BY 1');
    expect(purposes).toEqual([{ purpose: 'extract' }, { purpose: 'reask' }]);
    const statuses = await queryRows<{ http_status: number | null }>(
      run.t.db,
      'SELECT DISTINCT http_status FROM llm.call WHERE error_code IS NOT NULL ORDER BY 1',
    );
    expect(statuses.map((row) => row.http_status)).toEqual([200, 429, 500, null]);
  });
});

test('an endpoint that refuses how it is asked teaches all requests in flight at once, and none of them dies of it', async () => {
  await withFaults(async (run) => {
    run.respond = async (request) => {
      await wait(100);
      const refusal = (message: string) => ({
        status: 400,
        body: { error: { message, type: 'invalid_request_error' } },
      });
      if ('max_tokens' in request.body) {
        return refusal(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        );
      }
      if ('temperature' in request.body)
        return refusal("Unsupported value: 'temperature' does not support 0 with this model.");
      if ('response_format' in request.body)
        return refusal("Invalid parameter: 'response_format' of type 'json_schema' is not supported.");
      return plainAnswer(request);
    };
    const ran = await run.drain();
    expect(ran.code, ran.stderr).toBe(0);
    expect(await queryRows(run.t.db, 'SELECT DISTINCT attempt_count FROM llm.job')).toEqual([{ attempt_count: 1 }]);
    expect(run.model.requests.length).toBeGreaterThan(jobCount);
  });
});

/** Sentences in which nobody occurs twice, so that it does not matter where a text is cut. */
function guests(count: number): string {
  const syllables = ['ba', 'ke', 'li', 'mo', 'nu', 'ra', 'se', 'ti', 'vo', 'zu'];
  const name = (n: number) => [1, 10, 100].map((place) => syllables[Math.floor(n / place) % 10]).join('');
  const person = (n: number) => `Q${name(n)} ${name(n).replace(/^./, (first) => first.toUpperCase())}`;
  const sentences = Array.from(
    { length: count },
    (_, n) => `${person(2 * n)} met ${person(2 * n + 1)} in ${1100 + n}.`,
  );
  return sentences.map((sentence, n) => (n % 5 === 4 ? `${sentence}\n\n` : `${sentence} `)).join('');
}

/** What a page of them comes to with an endpoint; and what it was asked. */
async function read(respond: (request: ScriptedRequest) => Reply) {
  const t = await createTestDatabase();
  const model = await startScriptedModel(respond);
  const settings = { DATABASE_URL: t.url, LLM_BASE_URL: model.base_url, LLM_MODEL: 'scripted-1', LOG_LEVEL: 'warn' };
  try {
    await putPage(t.db, 'guests', guests(80));
    await runCli(['job', 'enqueue', 'entity_extraction', '--all'], projectFolder(), settings);
    const ran = await finish(startCli(['run', '--drain'], projectFolder(), settings));
    expect(ran.code, ran.stderr).toBe(0);
    const cut = await queryRows(t.db, "SELECT 1 FROM llm.call WHERE finish_reason = 'length'");
    return { dump: (await runCli(['kb', 'export'], projectFolder(), settings)).stdout, cut: cut.length };
  } finally {
    await model.close();
    await t.close();
  }
}

test('answers that end in the middle, whether the endpoint says so or not, are asked again in halves until all is said', async () => {
  const whole = await read(plainAnswer);
  let cuts = 0;
  const halved = await read((request) => {
    const good = plainAnswer(request);
    if (request.content.length < 800 || !('answer' in good)) return good;
    cuts += 1;
    const text = JSON.stringify(good.answer);
    return { text: text.slice(0, text.length / 2), finish_reason: cuts % 2 === 0 ? 'length' : 'stop' };
  });
  expect(halved.cut).toBeGreaterThan(2);
  expect(cuts).toBeGreaterThan(halved.cut);
  expect(halved.dump).toBe(whole.dump);
  expect(whole.dump.match(/"entity_name"/g)?.length).toBe(160);
});

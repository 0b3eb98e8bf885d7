import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startScriptedModel } from '../../test/support/scripted-model.ts';

/** A scripted endpoint in a process of its own. */
export interface ModelProcess {
  base_url: string;
  stop(): void;
}

/**
 * Starts an endpoint that answers every extraction after `latency_ms` with the people of the page's sentences. A share
 * of the requests, `faults`, meets with each kind of fault in turn.
 */
export async function startModelProcess(latency_ms: number, faults = 0): Promise<ModelProcess> {
  const child = fork(import.meta.filename, [String(latency_ms), String(faults)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = await once(child, 'message');
  return { base_url: String(message), stop: () => child.kill() };
}

/** "A met B." gives two people and a relationship. */
function answerFor(content: string): object {
  const met = [...content.matchAll(/(Person \d+) met (Person \d+)\./g)].slice(0, 20);
  const people = new Set(met.flatMap(([, from, to]) => [from ?? '', to ?? '']));
  return {
    entities: [...people].map((name) => ({ name, type: 'person', confidence: 0.95, quote: name })),
    relationships: met.map(([quote, from, to]) => ({
      from_entity: from,
      to_entity: to,
      relation_type: 'met',
      confidence: 0.95,
      quote,
    })),
  };
}

if (process.argv[1] === import.meta.filename && process.send) {
  const latency_ms = Number(process.argv[2]);
  const faults = Number(process.argv[3]);
  const kinds = [
    { status: 500 },
    { status: 429, headers: { 'retry-after': '1' } },
    { reset: true },
    { text: '{"entities": [' },
    { text: 'I would rather not.' },
    { hang: true },
  ] as const;
  const every = faults > 0 ? Math.round(1 / faults) : Number.POSITIVE_INFINITY;
  let asked = 0;
  const model = await startScriptedModel(async ({ content }) => {
    asked += 1;
    const fault = asked % every === 0 ? kinds[(asked / every) % kinds.length] : undefined;
    // What was asked is not needed, and an hour of it would fill the memory.
    model.requests.length = 0;
    await new Promise((resolve) => setTimeout(resolve, latency_ms));
    return fault ?? { answer: answerFor(content) };
  });
  process.on('disconnect', () => process.exit(0));
  process.send(model.base_url);
}

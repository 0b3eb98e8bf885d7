import type { Material } from '../answers.ts';
import { called, columnShown, matchesPattern, presenceWords } from './column-shown.ts';

const stripe: Readonly<Record<string, string>> = {
  pi: 'payment intent',
  pm: 'payment method',
  ch: 'charge',
  cus: 'customer',
  sub: 'subscription',
  inv: 'invoice',
  price: 'price',
  prod: 'product',
  acct: 'account',
  txn: 'balance transaction',
  evt: 'event',
  seti: 'setup intent',
};
const twilio: Readonly<Record<string, string>> = {
  AC: 'account',
  SM: 'message',
  MM: 'message',
  PN: 'phone number',
  SK: 'key',
  CA: 'call',
  RE: 'recording',
  MG: 'messaging service',
};

/** The service by the pattern of the values, and what they are there by how they begin. */
export function answerExternalId({ content }: Material): object {
  const shown = columnShown(content);
  const [service, entity] = issuerOf(shown);
  const isKnown = service !== 'unknown';
  return {
    service,
    entity_referenced: entity,
    semantic_type: isKnown
      ? `${service.toLowerCase().replaceAll(' ', '_')}_${entity.replaceAll(' ', '_')}_id`
      : 'external_id',
    description: `The ${called(shown)}: ${isKnown ? `a ${entity} of ${service}` : 'an identifier that another system issued'}; ${presenceWords(shown)}.`,
    confidence: isKnown ? 0.95 : 0.5,
  };
}

function issuerOf(shown: ReturnType<typeof columnShown>): [string, string] {
  const [first = ''] = shown.samples;
  if (matchesPattern(shown, 'stripe_id')) return ['Stripe', stripe[first.split('_')[0] ?? ''] ?? 'object'];
  if (matchesPattern(shown, 'aws_ses')) return ['Amazon SES', 'message'];
  if (matchesPattern(shown, 'twilio_sid')) return ['Twilio', twilio[first.slice(0, 2)] ?? 'object'];
  return ['unknown', 'object'];
}

import { at, idOf, type OlderRow, type OlderRows, sha256, uuid } from './row.ts';

/** Texts that indexes hold a hash of. */
const long = 'é'.repeat(400);
const pageOf = (v: number, version: number) =>
  idOf('ingest.source_page', 'source_page_id', { external_id: `page v${v} ${long}`, version });
const assertionOf = (v: number, name: string) => idOf('kb.assertion', 'assertion_id', { quote: `v${v} ${name}` });
const entityOf = (v: number, name: string) => idOf('kb.dim_entity', 'entity_id', { entity_name: `${name} v${v}` });
const relationOf = (v: number) =>
  idOf('kb.bridge_entity_relation', 'entity_relation_id', { relation_type: `knows v${v}` });
const decisionOf = (v: number, reason: string) =>
  idOf('kb.identity_decision', 'identity_decision_id', { reason: `v${v} ${reason}` });

const page = (v: number, version: number, superseded_at: string | null): OlderRow => ({
  source_system: 'wiki',
  external_id: `page v${v} ${long}`,
  version,
  title: 'Ada “Lovelace” 😀',
  content_type: 'text/markdown',
  content: `Ada knew Thing. v${v}`,
  content_sha256: sha256(`page ${v} ${version}`),
  metadata: '{"url": "https://example.org/a?b=c"}',
  ingested_at: at(version),
  superseded_at,
});

const assertion = (v: number, name: string, item_kind: string, more: OlderRow = {}): OlderRow => ({
  source_page_id: pageOf(v, 2),
  job_type: `thing_v${v}`,
  item_kind,
  item_index: 0,
  chunk_index: 0,
  item_sha256: sha256(name),
  payload: '{"name": "Ada \\"the\\" first", "confidence": 0.9}',
  keys: '{"name_key": "ada"}',
  char_start: 0,
  char_end: 3,
  quote: `v${v} ${name}`,
  grounding: 'exact',
  is_weak: false,
  confidence: 0.9,
  run_id: uuid(v, 101),
  job_id: v,
  contract_name: `thing_v${v}`,
  contract_version: '1.0.0',
  created_at: at(2),
  ...more,
});

const entity = (v: number, name: string, type_family: string, more: OlderRow = {}): OlderRow => ({
  name_key: `${name.toLowerCase()} v${v} ${long}`,
  type_family,
  entity_name: `${name} v${v}`,
  entity_type: type_family,
  attributes: '["a"]',
  confidence: 0.75,
  observation_count: 1,
  created_at: at(2),
  updated_at: at(2),
  ...more,
});

/** What rows of a dimension have beside a name and a type. */
const derived: OlderRow = {
  confidence: 0.75,
  observation_count: 1,
  promotion_state: 'staged',
  needs_review: false,
  created_at: at(2),
  updated_at: at(2),
};

const decided = (v: number, reason: string, decision: string, hour: number, more: OlderRow): OlderRow => ({
  decision,
  decided_by: 'Grace',
  reason: `v${v} ${reason}`,
  before: '{}',
  after: '{"a": 1}',
  decided_at: at(hour),
  ...more,
});

const pair = (v: number, kind: string, entity_name: string, other: string, more: OlderRow = {}): OlderRow => ({
  kind,
  entity_id: entityOf(v, entity_name),
  other_entity_id: entityOf(v, other),
  decided_by: 'Grace',
  decided_as: 'person',
  reason: `v${v} ${kind}`,
  decided_at: at(3),
  ...more,
});

/** Pages, what was said of them, what follows from it, and what people decided. */
export const knowledgeRows: OlderRows[] = [
  { since: 2, table: 'ingest.source_page', rows: (v) => [page(v, 1, at(2)), page(v, 2, null)] },
  {
    since: 2,
    table: 'ingest.chunk',
    rows: (v) => [
      {
        source_page_id: pageOf(v, 2),
        policy_sha256: sha256('policy'),
        chunk_index: 0,
        char_start: 0,
        char_end: 10,
        token_count: 3,
        content: 'Ada knew T',
        content_sha256: sha256('Ada knew T'),
      },
    ],
  },
  { since: 3, table: 'kb.name', rows: (v) => [{ name_key: `ada v${v} ${long}` }] },
  { since: 3, table: 'kb.type_map', rows: (v) => [typed('entity', `ship_v${v}`), typed('relation', `knows_v${v}`)] },
  // Words that later migrations have an opinion about.
  {
    since: 3,
    until: 3,
    table: 'kb.type_map',
    rows: () => [typed('entity', 'novella'), typed('relation', 'owned'), typed('relation', 'quit')],
  },
  { since: 10, until: 10, table: 'kb.relation_inverse', rows: () => [{ canonical: 'married', inverse: 'wed' }] },
  {
    since: 3,
    table: 'kb.governance_policy',
    rows: (v) => [{ job_type: `thing_v${v}`, auto_promote: 0.8, manual_review: 0.6 }],
  },
  {
    since: 3,
    table: 'kb.assertion',
    rows: (v) => [
      assertion(v, 'entity', 'entity'),
      assertion(v, 'other', 'relationship'),
      assertion(v, 'relationship', 'relationship', { item_sha256: sha256('relationship of two') }),
      assertion(v, 'none', 'fact', {
        grounding: 'none',
        char_start: -1,
        char_end: -1,
        quarantine_reason: 'ungrounded',
      }),
      // What was said before, in the same words.
      assertion(v, 'entity again', 'entity', { item_sha256: sha256('entity'), retracted_at: at(3) }),
    ],
  },
  {
    since: 3,
    table: 'kb.dim_entity',
    rows: (v) => [
      entity(v, 'Ada', 'person', { description: 'A “mathematician”', description_confidence: 0.5 }),
      entity(v, 'Thing', 'unknown', { confidence: 0 }),
      entity(v, 'Lady', 'person', { promotion_state: 'merged', merged_into_entity_id: entityOf(v, 'Ada') }),
      ...['event', 'book', 'place', 'period', 'concept', 'tag'].map((family) => entity(v, family, family)),
      entity(v, 'Gone', `kind_v${v}_${long}`, { retracted_at: at(3), needs_review: true }),
    ],
  },
  {
    since: 3,
    table: 'kb.entity_alias',
    rows: (v) => [
      { entity_id: entityOf(v, 'Ada'), alias_key: `lady ${long}`, alias: 'Lady', created_at: at(2), updated_at: at(2) },
    ],
  },
  {
    since: 3,
    table: 'kb.resolution',
    rows: (v) => [
      resolution(v, 'entity', 'Ada', null),
      resolution(v, 'entity', 'Lady', at(3)),
      resolution(v, 'relationship', 'Ada', null),
    ],
  },
  {
    since: 3,
    table: 'kb.bridge_entity_relation',
    rows: (v) => [
      {
        from_entity_id: entityOf(v, 'Ada'),
        to_entity_id: entityOf(v, 'Thing'),
        relation_key: 'knows',
        relation_type: `knows v${v}`,
        start_key: '1843',
        start_text: '1843',
        start_earliest: '1843-01-01',
        start_latest: '1843-12-31',
        start_precision: 'year',
        created_at: at(2),
        updated_at: at(2),
      },
    ],
  },
  {
    since: 3,
    table: 'kb.page_classification',
    rows: (v) => [
      { source_page_id: pageOf(v, 2), primary_type: 'person', type_set: '["person"]', tags: '["a"]', ...derived },
    ],
  },
  {
    since: 3,
    table: 'kb.assertion_link',
    rows: (v) => [
      { target_table: 'dim_entity', target_id: entityOf(v, 'Ada'), assertion_id: assertionOf(v, 'entity') },
      { target_table: 'bridge', target_id: relationOf(v), assertion_id: assertionOf(v, 'relationship') },
    ],
  },
  {
    since: 3,
    table: 'kb.extraction',
    rows: (v) => [
      {
        source_page_id: pageOf(v, 2),
        job_type: `thing_v${v}`,
        job_id: v,
        run_id: uuid(v, 101),
        contract_name: `thing_v${v}`,
        contract_version: '1.0.0',
        counts: '{"inserted": 2}',
        routed_at: at(2),
      },
    ],
  },
  // What a server that was killed may have left: nobody reads it any more.
  {
    since: 3,
    table: 'kb.stage_mention',
    rows: (v) => [
      {
        run_id: uuid(v, 102),
        assertion_id: v,
        mention: 'self',
        source_page_id: v,
        name_key: 'x',
        name: 'x',
        type_family: 'x',
        entity_type: 'x',
      },
    ],
  },
  {
    since: 8,
    table: 'onto.datasource',
    rows: (v) => [{ name: `ds-v${v}`, engine: 'postgres', url_env: 'SHOP_URL', created_at: at(0), updated_at: at(0) }],
  },
  {
    since: 8,
    table: 'ingest.page_archive',
    rows: (v) => [{ source_page_id: pageOf(v, 1), content: 'Ada knew.', archived_at: at(4) }],
  },
  {
    since: 9,
    table: 'kb.assertion',
    rows: (v) => [
      assertion(v, 'about Ada', 'fact', { subject_key: `ada v${v} ${long}`, job_id: null, run_id: null }),
      assertion(v, 'about Thing', 'fact', { subject_key: `thing v${v}`, item_sha256: sha256('about Ada') }),
    ],
  },
  {
    since: 9,
    table: 'kb.fact_attribute',
    rows: (v) => [
      {
        entity_id: entityOf(v, 'Ada'),
        attribute_key: `born_v${v}`,
        attribute: 'born',
        value_key: `v ${long}`.slice(0, 400),
        value: '1815',
        created_at: at(2),
        updated_at: at(2),
      },
    ],
  },
  {
    since: 9,
    table: 'kb.dim_event',
    rows: (v) => [
      {
        event_id: entityOf(v, 'event'),
        event_name: 'E',
        event_type: 'event',
        location_id: entityOf(v, 'place'),
        ...derived,
      },
    ],
  },
  {
    since: 9,
    table: 'kb.dim_work',
    rows: (v) => [{ work_id: entityOf(v, 'book'), work_name: 'W', work_type: 'book', ...derived }],
  },
  {
    since: 9,
    table: 'kb.dim_location',
    rows: (v) => [{ location_id: entityOf(v, 'place'), location_name: 'L', location_type: 'place', ...derived }],
  },
  {
    since: 9,
    table: 'kb.dim_period',
    rows: (v) => [{ period_id: entityOf(v, 'period'), period_name: 'P', period_type: 'period', ...derived }],
  },
  {
    since: 9,
    table: 'kb.dim_concept',
    rows: (v) => [{ concept_id: entityOf(v, 'concept'), concept_name: 'C', concept_type: 'concept', ...derived }],
  },
  { since: 9, table: 'kb.dim_tag', rows: (v) => [{ tag_id: entityOf(v, 'tag'), tag_name: 'T', ...derived }] },
  {
    since: 9,
    table: 'kb.adjudication',
    rows: (v) => {
      const relation = { kind: 'relation', target_id: relationOf(v) };
      const person = { kind: 'entity', target_id: entityOf(v, 'Ada') };
      const fact = {
        kind: 'fact',
        target_id: idOf('kb.fact_attribute', 'fact_attribute_id', { attribute_key: `born_v${v}` }),
      };
      return [
        decided(v, 'renamed', 'override', 3, {
          ...relation,
          changes: '{"relation_type": "Moved  To-the_x", "confidence": 0.9}',
        }),
        decided(v, 'surer', 'override', 4, {
          ...relation,
          changes: '{"relation_type": "Moved  To-the_x", "confidence": 0.8, "start_text": null}',
        }),
        decided(v, 'approved', 'approve', 5, { ...relation, changes: '{"relation_type": "z"}' }),
        decided(v, 'undone', 'override', 3, {
          ...person,
          changes: '{"confidence": 0.9}',
          undone_at: at(4),
          undone_by: 'Ada',
        }),
        decided(v, 'since', 'override', 5, { ...person, changes: '{"confidence": 0.9}' }),
        decided(v, 'the same', 'override', 6, { ...person, changes: '{"confidence": 0.9}' }),
        decided(v, 'fact', 'override', 3, { ...fact, changes: '{"attribute": " Birth-Date "}' }),
      ];
    },
  },
  {
    since: 9,
    table: 'kb.identity_decision',
    rows: (v) => [
      pair(v, 'merge', 'Lady', 'Ada'),
      pair(v, 'split', 'Ada', 'Thing', { undone_at: at(4), undone_by: 'Ada' }),
      pair(v, 'distinct', 'Ada', 'Gone'),
      pair(v, 'relate', 'Ada', 'Thing', { assertion_id: assertionOf(v, 'relationship'), relation_type: 'knows' }),
    ],
  },
  {
    since: 9,
    table: 'kb.identity_split_page',
    rows: (v) => [
      { identity_decision_id: decisionOf(v, 'split'), source_system: 'wiki', external_id: `page v${v} ${long}` },
    ],
  },
  {
    since: 9,
    table: 'kb.identity_candidate',
    rows: (v) => [
      {
        first_entity_id: entityOf(v, 'Ada'),
        second_entity_id: entityOf(v, 'Gone'),
        score: 0.5,
        strength: 'weak',
        reasons: '["name"]',
        found_at: at(2),
        updated_at: at(2),
      },
    ],
  },
];

function typed(kind: string, type_key: string): OlderRow {
  return { kind, type_key, canonical: 'ours', family: 'ours' };
}

function resolution(v: number, said: string, name: string, superseded_at: string | null): OlderRow {
  return {
    assertion_id: assertionOf(v, said),
    mention: 'self',
    source_page_id: pageOf(v, 2),
    name_key: `ada v${v} ${long}`,
    type_family: 'person',
    entity_id: entityOf(v, name),
    decided_by: 'routing',
    decided_at: at(2),
    superseded_at,
  };
}

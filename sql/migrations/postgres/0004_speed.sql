-- What measuring with a million rows asked for.

-- The claim returns what a runner reads and no more; completion can name only what it refused. Both change their
-- signatures, so the old ones go. The state rank becomes a function that the planner can inline.
DROP FUNCTION IF EXISTS llm.usp_claim_jobs(uuid, jsonb, integer, integer, timestamptz);
DROP FUNCTION IF EXISTS llm.usp_complete_jobs(jsonb, timestamptz);
DROP FUNCTION IF EXISTS kb.fn_state_rank(text, text, numeric, boolean);

-- The natural keys of the relations that changed assertions support, computed once a routing transaction.
CREATE UNLOGGED TABLE kb.stage_relation (
    run_id          uuid   NOT NULL,
    assertion_id    bigint NOT NULL,
    from_entity_id  bigint NOT NULL,
    to_entity_id    bigint NOT NULL,
    relation_key    text   COLLATE "C" NOT NULL,
    relation_type   text   NOT NULL,
    start_key       text   COLLATE "C" NOT NULL,
    end_key         text   COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_relation_run ON kb.stage_relation (run_id);

-- What untyped mentions of a name on a page belong to.
CREATE UNLOGGED TABLE kb.stage_name (
    run_id          uuid   NOT NULL,
    source_page_id  bigint NOT NULL,
    name_key        text   COLLATE "C" NOT NULL,
    entity_id       bigint
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX ix_stage_name_run ON kb.stage_name (run_id, source_page_id, name_key);

-- The steps look rows up by these keys; without them a page of many items costs their square.
DROP INDEX kb.ix_stage_touched_run;
CREATE INDEX ix_stage_touched_run ON kb.stage_touched (run_id, target_table, target_id);
DROP INDEX kb.ix_stage_link_run;
CREATE INDEX ix_stage_link_run ON kb.stage_link (run_id, target_table, assertion_id);
DROP INDEX kb.ix_stage_change_run;
CREATE INDEX ix_stage_change_run ON kb.stage_change (run_id, assertion_id);

-- What measuring with a million rows asked for.

-- The natural keys of the relations that changed assertions support, computed once a routing transaction.
CREATE TABLE kb.stage_relation (
    run_id          uniqueidentifier NOT NULL,
    assertion_id    bigint           NOT NULL,
    from_entity_id  bigint           NOT NULL,
    to_entity_id    bigint           NOT NULL,
    relation_key    nvarchar(300)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    relation_type   nvarchar(max)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    start_key       nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL,
    end_key         nvarchar(150)    COLLATE Latin1_General_100_BIN2 NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_relation_run ON kb.stage_relation (run_id);

-- What untyped mentions of a name on a page belong to.
CREATE TABLE kb.stage_name (
    run_id          uniqueidentifier NOT NULL,
    source_page_id  bigint           NOT NULL,
    name_key        nvarchar(1000)   COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity_id       bigint           NULL,
    name_key_sha256 AS CONVERT(binary(32), HASHBYTES('SHA2_256', name_key)) PERSISTED NOT NULL
);
GO
CREATE CLUSTERED INDEX ix_stage_name_run ON kb.stage_name (run_id, source_page_id, name_key_sha256) WITH (ALLOW_PAGE_LOCKS = OFF);

-- The steps look rows up by these keys; without them a page of many items costs their square.
DROP INDEX ix_stage_touched_run ON kb.stage_touched;
CREATE CLUSTERED INDEX ix_stage_touched_run ON kb.stage_touched (run_id, target_table, target_id) WITH (ALLOW_PAGE_LOCKS = OFF);
DROP INDEX ix_stage_link_run ON kb.stage_link;
CREATE CLUSTERED INDEX ix_stage_link_run ON kb.stage_link (run_id, target_table, assertion_id) WITH (ALLOW_PAGE_LOCKS = OFF);
DROP INDEX ix_stage_change_run ON kb.stage_change;
CREATE CLUSTERED INDEX ix_stage_change_run ON kb.stage_change (run_id, assertion_id) WITH (ALLOW_PAGE_LOCKS = OFF);
GO

ALTER TABLE kb.stage_relation SET (LOCK_ESCALATION = DISABLE);
ALTER TABLE kb.stage_name SET (LOCK_ESCALATION = DISABLE);

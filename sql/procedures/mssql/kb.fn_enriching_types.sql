-- Purpose:     the job types of many pages that spoke of an entity, or do so now: what is asked again when its evidence changes.
-- Parameters:  @entity_id, a master.
-- Returns:     job_type. What was asked about it together with something that is another entity again does not count.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_enriching_types (@entity_id bigint)
RETURNS TABLE
AS RETURN (
    WITH own AS (
        SELECT k.subject_key, CONVERT(binary(32), HASHBYTES('SHA2_256', k.subject_key)) AS subject_key_sha256,
            llm.fn_json_string(k.subject_key) AS written
        FROM kb.fn_subject_keys(@entity_id) AS k
    )
    SELECT t.job_type
    FROM llm.job_type AS t
    WHERE t.handler = N'enrichment' AND (
        EXISTS (
            SELECT 1
            FROM own AS o
            JOIN kb.assertion AS a ON a.subject_key_sha256 = o.subject_key_sha256 AND a.subject_key = o.subject_key
            WHERE a.subject_key <> N'' AND a.job_type = t.job_type AND a.retracted_at IS NULL)
        -- Both lists are read in the same way: their texts are equal where they are one.
        OR EXISTS (
            SELECT 1
            FROM own AS o
            JOIN kb.extraction AS x ON x.subject_key_sha256 = o.subject_key_sha256 AND x.subject_key = o.subject_key
            CROSS JOIN (SELECT N'[' + STRING_AGG(w.written, N',') + N']' AS list FROM own AS w) AS l
            WHERE x.subject_key <> N'' AND x.job_type = t.job_type AND NOT EXISTS (
                SELECT 1 FROM OPENJSON(x.subject_group) AS g
                WHERE NOT EXISTS (
                    SELECT 1 FROM OPENJSON(l.list) AS v
                    WHERE v.[value] COLLATE Latin1_General_100_BIN2 = g.[value] COLLATE Latin1_General_100_BIN2)))
        -- It may have read its evidence already.
        OR EXISTS (
            SELECT 1 FROM llm.job AS j
            WHERE j.job_type = t.job_type AND j.status = N'RUNNING' AND TRY_CONVERT(bigint, JSON_VALUE(j.input, N'$.entity_id')) IN (
                SELECT g.entity_id FROM kb.fn_merge_group(@entity_id) AS g)))
);

-- Purpose:     the entities about which a job of many pages said something that rests on a version of a page.
-- Parameters:  @source_system, @external_id.
-- Returns:     job_type; entity_id and entity_name, of the master where the entity was merged; is_old: what was said rests on
--              a superseded version.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION ingest.fn_page_subjects (@source_system nvarchar(201), @external_id nvarchar(1601))
RETURNS TABLE
AS RETURN (
    SELECT k.job_type, m.entity_id, MAX(m.entity_name) AS entity_name, CONVERT(bit, MAX(k.is_old)) AS is_old
    FROM (
        SELECT a.job_type, kb.fn_subject_entity(a.subject_key) AS entity_id, MAX(IIF(s.superseded_at IS NULL, 0, 1)) AS is_old
        FROM ingest.source_page AS s
        JOIN kb.assertion AS a ON a.source_page_id = s.source_page_id AND a.retracted_at IS NULL AND a.subject_key <> N''
        WHERE s.source_system = @source_system AND s.external_id_sha256 = CONVERT(binary(32), HASHBYTES('SHA2_256', @external_id))
          AND s.external_id = @external_id
        GROUP BY a.job_type, a.subject_key) AS k
    JOIN kb.dim_entity AS m ON m.entity_id = kb.fn_master_entity(k.entity_id)
    GROUP BY k.job_type, m.entity_id
);

-- Purpose:     have the entities looked at again that a page speaks of, or spoke of, once it was read anew; internal.
-- Parameters:  @source_page_id (its row is locked) and @job_type that read it; @entity_ids json array of those that it spoke of
--              before; @job_id that read it, whose correlation id the jobs take over; @now UTC.
-- Returns:     @result, how many jobs were made.
-- Errors:      none.
-- Idempotency: see kb.usp_enqueue_subjects.
-- Not when the page is stored: an enrichment that ran before the page is read would find no evidence in it.
CREATE OR ALTER PROCEDURE kb.usp_enqueue_page_subjects
    @source_page_id bigint, @job_type nvarchar(100), @entity_ids nvarchar(max), @job_id bigint, @now datetime2(3),
    @result int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @ids nvarchar(max), @is_last bit = 1, @cause nvarchar(100) = CONCAT(N'job:', @job_id), @correlation_id uniqueidentifier;
    SELECT @is_last = 0
    FROM llm.job AS j
    WHERE j.source_page_id = @source_page_id AND j.status IN (N'NEW', N'SCHEDULED', N'RUNNING') AND j.job_id <> @job_id;
    SELECT @correlation_id = j.correlation_id FROM llm.job AS j WHERE j.job_id = @job_id;
    SELECT @ids = N'[' + COALESCE(STRING_AGG(CONVERT(nvarchar(max), k.entity_id), N','), N'') + N']'
    FROM (
        SELECT CONVERT(bigint, i.[value]) AS entity_id FROM OPENJSON(@entity_ids) AS i WHERE i.[type] = 2
        UNION
        SELECT r.entity_id
        FROM kb.resolution AS r
        JOIN kb.assertion AS a ON a.assertion_id = r.assertion_id AND a.job_type = @job_type AND a.subject_key = N''
        WHERE r.source_page_id = @source_page_id AND r.superseded_at IS NULL
        UNION
        -- What rests on a version that is gone, and was put before a model by name: whoever reads the page last sees to it.
        SELECT u.entity_id
        FROM ingest.source_page AS s
        CROSS APPLY ingest.fn_page_subjects(s.source_system, s.external_id) AS u
        WHERE @is_last = 1 AND s.source_page_id = @source_page_id AND u.is_old = 1) AS k;
    EXEC kb.usp_enqueue_subjects @entity_ids = @ids, @cause = @cause, @now = @now, @correlation_id = @correlation_id,
        @result = @result OUTPUT;
END;

-- Purpose:     what a person would call a job about entities, by what they are called now; internal.
-- Parameters:  @input of the job: {entity_id} or {first_entity_id, second_entity_id}.
-- Returns:     the subject.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION kb.fn_question_subject (@input nvarchar(max))
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT COALESCE(STRING_AGG(CONVERT(nvarchar(max), n.name), N' = ') WITHIN GROUP (ORDER BY n.place)
            + CASE WHEN COUNT(*) > 1 THEN N'?' ELSE N'' END, N'')
        FROM (
            SELECT v.place, COALESCE(e.entity_name, v.id COLLATE Latin1_General_100_BIN2) AS name
            FROM OPENJSON(@input) WITH (
                entity_id nvarchar(max) '$.entity_id', first_entity_id nvarchar(max) '$.first_entity_id',
                second_entity_id nvarchar(max) '$.second_entity_id') AS i
            CROSS APPLY (VALUES (1, i.entity_id), (2, i.first_entity_id), (3, i.second_entity_id)) AS v (place, id)
            LEFT JOIN kb.dim_entity AS o
                ON o.entity_id = TRY_CONVERT(bigint, v.id) AND CONVERT(nvarchar(20), o.entity_id) = v.id COLLATE Latin1_General_100_BIN2
            LEFT JOIN kb.dim_entity AS e ON e.entity_id = kb.fn_master_entity(o.entity_id)
            WHERE v.id IS NOT NULL) AS n);
END;

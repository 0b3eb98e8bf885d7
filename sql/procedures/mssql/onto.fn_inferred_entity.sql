-- Purpose:     what was inferred of an entity, as the change log tells of it; internal.
-- Parameters:  @entity_id.
-- Returns:     {name, description, domain, aliases, key_columns}.
-- Errors:      none.
-- Idempotency: reads only.
CREATE OR ALTER FUNCTION onto.fn_inferred_entity (@entity_id bigint)
RETURNS nvarchar(max)
AS
BEGIN
    RETURN (
        SELECT CONCAT(N'{"name":', llm.fn_json_string(e.name), N',"description":', COALESCE(llm.fn_json_string(e.description), N'null'),
            N',"domain":', COALESCE(llm.fn_json_string(e.domain), N'null'), N',"aliases":[', (
                SELECT STRING_AGG(llm.fn_json_string(a.alias), N',') WITHIN GROUP (ORDER BY a.alias)
                FROM onto.entity_alias AS a
                WHERE a.entity_id = e.entity_id), N'],"key_columns":[', (
                SELECT STRING_AGG(CONCAT(N'{"name":', llm.fn_json_string(k.column_name), N',"synonyms":', k.synonyms, N'}'), N',')
                    WITHIN GROUP (ORDER BY k.ordinal, k.column_name)
                FROM onto.entity_key_column AS k
                WHERE k.entity_id = e.entity_id), N']}')
        FROM onto.entity AS e
        WHERE e.entity_id = @entity_id);
END;

-- A runner that takes only jobs of some priority is drained when none of those is left.
DROP FUNCTION IF EXISTS llm.usp_read_queue_depth(jsonb);

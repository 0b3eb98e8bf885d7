-- Purpose:     let the planner's statistics forget what was erased: they hold values of the columns; internal.
-- Parameters:  none.
-- Returns:     nothing.
-- Errors:      none.
-- Idempotency: yes.
-- Statistics are an owner's to update, which who erases is not. In a transaction they would be gathered at once all the same,
-- and everybody wait for it: the caller has committed.
CREATE OR ALTER PROCEDURE kb.usp_forget_statistics
WITH EXECUTE AS OWNER
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    UPDATE STATISTICS ingest.source_page;
    UPDATE STATISTICS ingest.page_archive;
    UPDATE STATISTICS ingest.chunk;
    UPDATE STATISTICS kb.name;
    UPDATE STATISTICS kb.assertion;
    UPDATE STATISTICS kb.resolution;
    UPDATE STATISTICS kb.assertion_link;
    UPDATE STATISTICS kb.extraction;
    UPDATE STATISTICS kb.dim_entity;
    UPDATE STATISTICS kb.entity_alias;
    UPDATE STATISTICS kb.fact_attribute;
    UPDATE STATISTICS kb.bridge_entity_relation;
    UPDATE STATISTICS kb.page_classification;
    UPDATE STATISTICS kb.dim_event;
    UPDATE STATISTICS kb.dim_work;
    UPDATE STATISTICS kb.dim_location;
    UPDATE STATISTICS kb.dim_period;
    UPDATE STATISTICS kb.dim_concept;
    UPDATE STATISTICS kb.dim_tag;
    UPDATE STATISTICS kb.adjudication;
    UPDATE STATISTICS kb.identity_decision;
    UPDATE STATISTICS kb.identity_candidate;
    UPDATE STATISTICS kb.identity_split_page;
    UPDATE STATISTICS llm.job;
    UPDATE STATISTICS llm.job_archive;
    UPDATE STATISTICS llm.run;
END;

/** Roles and what they may do; objects that do not exist (yet) are passed over when this is deployed. */
export const ownerRole = 'sproute_owner';
export const groupRoles = ['sproute_runner', 'sproute_operator', 'sproute_reader'] as const;

/** Schemas of this product, in the order in which they depend on each other. */
export const schemas = ['llm', 'ingest', 'kb', 'onto'] as const;

/** What a runner (and the command line, to enqueue and ingest) calls; it has no privilege on any table. */
export const runnerProcedures = [
  'llm.usp_enqueue_job',
  'llm.usp_enqueue_jobs',
  'llm.usp_claim_jobs',
  'llm.usp_renew_leases',
  'llm.usp_complete_job',
  'llm.usp_complete_jobs',
  'llm.usp_fail_job',
  'llm.usp_release_job',
  'llm.usp_rescue_expired_jobs',
  'llm.usp_finish_call',
  'llm.usp_record_artifacts',
  'llm.usp_cache_lookup',
  'llm.usp_cache_store',
  'llm.usp_worker_heartbeat',
  'llm.usp_list_job_types',
  'llm.usp_read_replay_source',
  'llm.usp_read_queue_depth',
  'llm.usp_read_queue_depths',
  'onto.usp_list_datasources',
  'onto.usp_create_ontology',
  'onto.usp_create_dag',
  'llm.usp_reserve_budget',
  'llm.usp_settle_budget',
  'llm.usp_wake_budget_jobs',
  'llm.usp_expire_reservations',
  'llm.usp_read_job_use',
  'llm.usp_create_dag',
  'llm.usp_advance_dag',
  'llm.usp_advance_open_dags',
  'llm.usp_escalate_overdue_jobs',
  'llm.usp_due_schedules',
  'llm.usp_fire_schedule',
  'llm.usp_fail_schedule',
  'llm.usp_reset_schedule',
  'llm.usp_open_schedule_fires',
  'llm.usp_step_schedule_fire',
  'llm.usp_claim_schedule_fire',
  'llm.usp_end_schedule_fire',
  'llm.usp_keep_retention',
  'ingest.usp_put_page',
  'ingest.usp_find_page',
  'ingest.usp_get_page',
  'ingest.usp_put_chunks',
  'kb.usp_get_entity_evidence',
  'kb.usp_get_entity_pair',
  'kb.usp_list_compared_entities',
  'kb.usp_list_decided_pairs',
  'kb.usp_list_pending_pairs',
  'kb.usp_merge_by_rule',
  'kb.usp_put_identity_candidates',
] as const;

/** Every routing procedure is the runner's too; the names follow from the job types. */
export const runnerPattern = /^(kb|onto)\.usp_process_[a-z0-9_]+_output$/;

/** What reads an ontology, and how far it is, is for everybody who may read. */
export const readerPattern = /^onto\.usp_read_[a-z0-9_]+$/;

/** What an operator may call besides. */
export const operatorProcedures = [
  'llm.usp_cancel_jobs',
  'llm.usp_retry_jobs',
  'llm.usp_bump_priority',
  'llm.usp_reschedule_jobs',
  'llm.fn_matching_jobs',
  'llm.usp_pause_job_type',
  'llm.usp_resume_job_type',
  'llm.usp_tune_job_type',
  'llm.usp_archive_jobs',
  'llm.usp_purge_archive',
  'llm.usp_prune_artifacts',
  'llm.usp_purge_runs',
  'llm.usp_purge_fires',
  'llm.usp_purge_workers',
  'llm.usp_purge_cache',
  'llm.usp_apply_retention',
  'llm.usp_count_retention',
  'llm.usp_cancel_dag',
  'llm.usp_put_schedule',
  'llm.fn_schedule_fault',
  'llm.usp_delete_schedule',
  'llm.usp_put_rate_limit',
  'llm.usp_delete_rate_limit',
  'llm.usp_put_model_price',
  'llm.usp_delete_model_price',
  'llm.usp_put_dag_limit',
  'llm.usp_enable_schedule',
  'llm.usp_run_schedule_now',
  'llm.usp_run_maintenance',
  'onto.usp_put_datasource',
  'onto.usp_delete_datasource',
  'onto.usp_delete_ontology',
  'onto.usp_put_override',
  'onto.usp_delete_override',
  'onto.usp_apply_edits',
  'onto.usp_import_ontology',
  'onto.usp_put_manual_relationship',
  'onto.usp_decide_pending_change',
  'onto.usp_decide_pending_changes',
  'onto.usp_put_glossary_term',
  'onto.usp_delete_glossary_term',
  'onto.usp_put_knowledge',
  'onto.usp_delete_knowledge',
  'ingest.usp_archive_pages',
  'ingest.usp_purge_page_archive',
  'kb.usp_rebuild_all',
  'kb.usp_adjudicate',
  'kb.usp_undo_adjudication',
  'kb.usp_decide_review',
  'kb.usp_merge_entities',
  'kb.usp_unmerge_entity',
  'kb.usp_split_entity',
  'kb.usp_decide_identity',
  'kb.usp_undo_identity_decision',
  'kb.usp_batch_insert_entities',
  'kb.usp_batch_insert_entity_relations',
  'kb.usp_insert_entity',
  'kb.usp_insert_entity_relation',
  'kb.usp_insert_entity_event',
  'kb.usp_insert_entity_work',
  'kb.usp_insert_entity_location',
  'kb.usp_forget_page',
  'kb.fn_forget_scope',
] as const;

/** Functions that everybody who may read may call: they only look. */
export const readerFunctions = [
  'ingest.fn_slice',
  'kb.fn_master_entity',
  'kb.fn_merge_group',
  'kb.fn_review_standing',
  'kb.fn_ungrounded_decision',
  'kb.fn_decided_ids',
  'llm.fn_source_run',
  'llm.usp_list_limits',
  'llm.usp_list_dag_limits',
  'llm.fn_error_mask',
  'llm.fn_error_group',
  'llm.fn_error_advice',
  // Of SQL Server, which has them instead of functions of its own.
  'llm.fn_json_string',
  'llm.fn_octet_length',
] as const;

/** Functions that look at the whole queue: for operators and readers, of no use to a runner. */
export const watchFunctions = [
  'llm.usp_check_health',
  'llm.usp_read_chunk_usage',
  'llm.usp_top_queue',
  'llm.usp_top_workers',
  'llm.usp_top_rates',
  'llm.usp_top_latencies',
  'llm.usp_top_calls',
  'llm.usp_top_budgets',
  'llm.usp_top_running',
  'llm.usp_top_failures',
  'llm.fn_trace_job',
  'llm.fn_trace_jobs',
  'llm.fn_trace_origins',
] as const;

/** Settings that an operator may change; kb.usp_rebuild_all lets those of kb take effect on what is there. */
export const settingTables = [
  'kb.governance_policy',
  'kb.type_map',
  'kb.type_family',
  'kb.relation_inverse',
  'kb.relation_end',
  'kb.item_kind',
  'llm.rate_limit',
  'llm.model_price',
  'llm.dag_budget',
] as const;

/** Columns of llm.job_type that an operator may not change: they name code. */
export const programColumns = ['job_type', 'route_procedure', 'handler'] as const;

/** Columns of llm.retention_policy that an operator may change; the others are how far its steps have come. */
export const retentionColumns = ['keep_days', 'batch'] as const;

/** Who may call a procedure or function. */
export function rolesThatCall(name: string): readonly (typeof groupRoles)[number][] {
  const isListed = (names: readonly string[]) => names.includes(name);
  if (isListed(runnerProcedures) || runnerPattern.test(name)) return ['sproute_runner', 'sproute_operator'];
  if (isListed(readerFunctions) || readerPattern.test(name)) return groupRoles;
  if (isListed(watchFunctions)) return ['sproute_operator', 'sproute_reader'];
  return isListed(operatorProcedures) ? ['sproute_operator'] : [];
}

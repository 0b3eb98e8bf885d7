-- Purpose:     what models cost, USD for a million tokens.
-- Columns:     as in llm.model_price.
CREATE OR ALTER VIEW llm.vw_model_price AS
SELECT p.model, p.input_usd_per_m, p.output_usd_per_m, p.cached_usd_per_m, p.updated_at
FROM llm.model_price AS p;

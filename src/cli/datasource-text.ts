import type { Datasource, DatasourceOptions } from '../datasource/datasource.ts';

/** Where the URL of a datasource is: `env:SHOP_URL`, `file:/run/secrets/shop`. */
export function urlPlace({ url_env, url_file }: Pick<Datasource, 'url_env' | 'url_file'>): string {
  return url_env === null ? `file:${url_file ?? ''}` : `env:${url_env}`;
}

/** `time-out 300 s, without tables tmp_*, tables over 1000 rows sampled` */
export function optionsText(options: Partial<DatasourceOptions>): string {
  const { statement_timeout_ms = 300_000, row_limit, sample_rows } = options;
  const lists = [
    ['only schemas', options.include_schemas],
    ['without schemas', options.exclude_schemas],
    ['only tables', options.include_tables],
    ['without tables', options.exclude_tables],
    ['sensitive', options.sensitive_columns],
  ] as const;
  return [
    `time-out ${statement_timeout_ms / 1_000} s`,
    ...lists.flatMap(([what, patterns]) => (patterns?.length ? [`${what} ${patterns.join(' ')}`] : [])),
    ...(row_limit === undefined ? [] : [`tables over ${row_limit} rows sampled`]),
    ...(sample_rows === undefined ? [] : [`samples of ${sample_rows} rows`]),
    ...(options.accept_writing_login ? ['a login that may write is accepted'] : []),
  ].join(', ');
}

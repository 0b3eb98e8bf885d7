/** The type under a domain or alias type, of a data_type as introspection writes it: `email (nvarchar)` is one of nvarchar. */
export function baseTypeOf(data_type: string): string {
  return / \((.+)\)$/s.exec(data_type)?.[1] ?? data_type;
}

/** The words of a name as it was joined: `billingTransactions`, `BILLING_TRANSACTIONS` -> `billing transactions`. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** What a table is called until somebody says what it stands for: its own words, capitalised. */
export function plainName(table_name: string): string {
  const words = wordsOf(table_name);
  const name = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join(' ');
  return (name === '' ? table_name : name).slice(0, 200);
}

/** A text without the secrets in it; those of fewer than six characters would take half of the words along. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((kept, secret) => (secret.length >= 6 ? kept.replaceAll(secret, '[redacted]') : kept), text);
}

/**
 * PostgreSQL's `text` and `jsonb` hold neither NUL nor lone surrogates. What receivers send is made to fit (both become
 * U+FFFD, as does invalid UTF-8 in a buffer); what clients send is refused, by `isStorable`.
 */
export function storableText(input: Buffer | string): string {
  const text = typeof input === 'string' ? input.toWellFormed() : input.toString('utf8')
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
}

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

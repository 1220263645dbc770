import type { EndpointHeader } from './domain.ts'
import { memoize } from './memo.ts'
import type { Outcome } from './outcome.ts'

const REDACTED = '[redacted]'
/** What a receiver sets for its next caller, or gives it to show: credentials, though not ours. */
const SECRET_NAME = /cookie|authorization|token|secret|passw|credential|session|api-?_?key/
/** Shorter values are no secrets, and would be found in any text. */
const MIN_LENGTH = 6
/** To find them out takes longer than to look for them. */
const KEPT_SPELLINGS = 10_000

/**
 * The outcome as it may be kept and shown: many receivers answer with the request that they got, and with it the values
 * of sensitive headers and, where one signs with a secret that the receiver knows, the secret itself. A value that the
 * capture limit has cut in two is left out with what follows it. Headers whose name says that they hold a secret are
 * not kept either.
 */
export function withoutEchoes(
  outcome: Outcome,
  endpoint: { headers: Record<string, EndpointHeader>; secrets: readonly { secret: string }[] },
): Outcome {
  if (outcome.kind === 'error') return outcome
  const sensitive = Object.values(endpoint.headers).flatMap(({ value, sensitive }) => (sensitive ? [value] : []))
  const spellings = [...sensitive, ...endpoint.secrets.map(({ secret }) => secret)].flatMap(spellingsOf)
  // the longest first, so that one that contains another goes as a whole
  spellings.sort((a, b) => b.length - a.length)
  const clean = (text: string): string => spellings.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
  const body = clean(outcome.body)
  return {
    ...outcome,
    headers: Object.fromEntries(
      Object.entries(outcome.headers).map(([name, value]) => [name, SECRET_NAME.test(name) ? REDACTED : clean(value)]),
    ),
    body: outcome.bodyTruncated ? withoutCutSecret(body, spellings) : body,
  }
}

/** As it is, and as JSON and URLs write it; of credentials (`Bearer abc`) also what follows the scheme. */
const spellingsOf = memoize(KEPT_SPELLINGS, (value): string[] => {
  const credentials = /^\S+ +(\S+)$/.exec(value)?.[1]
  const values = [value, ...(credentials === undefined ? [] : [credentials])]
  const spellings = values.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)])
  return [...new Set(spellings)].filter((text) => text.length >= MIN_LENGTH)
})

function withoutCutSecret(body: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, body.length); length >= MIN_LENGTH; length--) {
      if (body.endsWith(secret.slice(0, length))) return body.slice(0, -length) + REDACTED
    }
  }
  return body
}

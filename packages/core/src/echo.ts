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
  const clean = (text: string, truncated = false): string =>
    withoutSpans(
      text,
      spellings.flatMap((secret) => [...spansOf(secret, text), ...(truncated ? cutSpan(secret, text) : [])]),
    )
  return {
    ...outcome,
    headers: Object.fromEntries(
      Object.entries(outcome.headers).map(([name, value]) => [name, SECRET_NAME.test(name) ? REDACTED : clean(value)]),
    ),
    body: clean(outcome.body, outcome.bodyTruncated),
  }
}

/** As it is, and as JSON and URLs write it; of credentials (`Bearer abc`) also what follows the scheme. */
const spellingsOf = memoize(KEPT_SPELLINGS, (value): string[] => {
  const credentials = /^\S+ +(\S+)$/.exec(value)?.[1]
  const values = [value, ...(credentials === undefined ? [] : [credentials])]
  const spellings = values.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)])
  return [...new Set(spellings)].filter((text) => text.length >= MIN_LENGTH)
})

/** Where a part of a text begins and ends. */
type Span = [from: number, to: number]

/** Everywhere, also where one begins within another. */
function spansOf(secret: string, text: string): Span[] {
  const spans: Span[] = []
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) spans.push([at, at + secret.length])
  return spans
}

/** What is, at the end of a text, the beginning of a secret. */
function cutSpan(secret: string, text: string): Span[] {
  for (let length = Math.min(secret.length - 1, text.length); length >= MIN_LENGTH; length--) {
    if (text.endsWith(secret.slice(0, length))) return [[text.length - length, text.length]]
  }
  return []
}

/** Spans that overlap (one secret holds another, or begins as it ends) go as one, so that no rest of either stays. */
function withoutSpans(text: string, spans: Span[]): string {
  let kept = ''
  let end = 0
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    if (from >= end) kept += text.slice(end, from) + REDACTED
    end = Math.max(end, to)
  }
  return kept + text.slice(end)
}

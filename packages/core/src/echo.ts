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
      spellings.flatMap((secret) => spansOf(secret, text, truncated)),
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

/**
 * Everywhere, also where one begins within another; of a truncated text also its end, where that begins the secret. In one
 * pass (Knuth, Morris and Pratt), so that no secret and no answer can make it take long.
 */
function spansOf(secret: string, text: string, truncated: boolean): Span[] {
  // said at once of nearly all
  if (!text.includes(secret.slice(0, MIN_LENGTH))) return []
  const borders = bordersOf(secret)
  const spans: Span[] = []
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    matched = matchedAfter(secret, borders, matched, text[at])
    if (matched === secret.length) {
      addSpan(spans, [at + 1 - matched, at + 1])
      matched = borders[matched - 1] ?? 0
    }
  }
  if (truncated && matched >= MIN_LENGTH) addSpan(spans, [text.length - matched, text.length])
  return spans
}

/** For each beginning of a text how much of its end begins the text again. */
function bordersOf(text: string): number[] {
  const borders = [0]
  for (let at = 1; at < text.length; at++) borders.push(matchedAfter(text, borders, borders[at - 1] ?? 0, text[at]))
  return borders
}

/** How much of the secret what is read ends with, by what it ended with before the next character. */
function matchedAfter(secret: string, borders: readonly number[], before: number, next: string | undefined): number {
  let matched = before
  while (matched > 0 && secret[matched] !== next) matched = borders[matched - 1] ?? 0
  return secret[matched] === next ? matched + 1 : matched
}

/** They come in the order of their ends. */
function addSpan(spans: Span[], span: Span): void {
  const last = spans.at(-1)
  if (last !== undefined && span[0] < last[1]) last[1] = span[1]
  else spans.push(span)
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

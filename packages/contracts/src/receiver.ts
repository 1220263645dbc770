import type { EndpointHeader, EventFilter, HeaderChange } from '@redrive/core'
import { HEADER_BOUNDS, checkFilter, checkHeader, checkHeaderName } from '@redrive/core'
import { z } from 'zod'
import { members, text } from './text.ts'

/** The parts of an endpoint that say how its requests look and which it gets. */

/** The shape only: which addresses may be sent to is the address policy's to say. */
export const receiverUrl = text(0, 2048).superRefine((value, context) => {
  const url = URL.parse(value)
  if (url === null || /\s/.test(value)) context.addIssue('Expected an absolute URL')
  else if (url.protocol !== 'http:' && url.protocol !== 'https:')
    context.addIssue('The URL must begin with http:// or https://')
  else if (url.username !== '' || url.password !== '') {
    context.addIssue('A user or password in the URL is not allowed: use a sensitive header')
  }
})

const headerValue = z.union(
  [
    z.string(),
    z.strictObject({
      value: z.string().describe('Visible ASCII characters, spaces and tabs; up to 4,096'),
      sensitive: z.boolean().default(false).describe('Sealed at rest and never shown again'),
    }),
  ],
  {
    error: 'Expected a string, or {"value": "...", "sensitive": true}',
  },
)

/** A sensitive header as it is shown: sent back, it keeps the value that is there. */
export const hiddenHeader = {
  value: z.null().describe('The value that is there, which is never shown again'),
  sensitive: z.literal(true).describe('Which is why its value is not shown'),
}

/** Headers to be added, by lower-case name. */
export const addedHeaders = members(z.string(), headerValue).transform(byLowerCaseName)

/** As `addedHeaders`, for an endpoint that has headers already. */
export const changedHeaders = members(
  z.string(),
  z.union([headerValue, z.strictObject(hiddenHeader)], {
    error: 'Expected a string, {"value": "...", "sensitive": true}, or {"value": null, "sensitive": true} to keep it',
  }),
).transform(byLowerCaseName)

function byLowerCaseName<H extends HeaderChange>(
  given: Record<string, string | H>,
  context: z.RefinementCtx,
): Record<string, H | EndpointHeader> {
  const headers: Record<string, H | EndpointHeader> = {}
  if (Object.keys(given).length > HEADER_BOUNDS.maxCount) {
    context.addIssue(`An endpoint has at most ${String(HEADER_BOUNDS.maxCount)} headers of its own`)
    return z.NEVER
  }
  for (const [name, entry] of Object.entries(given)) {
    const header = typeof entry === 'string' ? { value: entry, sensitive: false } : entry
    const lower = name.toLowerCase()
    const message = Object.hasOwn(headers, lower)
      ? `The header ${lower} is given twice`
      : checkHeader(name, header.value ?? '')
    if (message !== null) context.addIssue({ code: 'custom', path: [name], message })
    else headers[lower] = header
  }
  return headers
}

const signatureHeaderName = z
  .string()
  .toLowerCase()
  .superRefine((name, context) => {
    const problem = checkHeaderName(name)
    if (problem !== null) context.addIssue(problem)
  })

export const signature = z.discriminatedUnion(
  'scheme',
  [
    z.strictObject({
      scheme: z
        .literal('standard')
        .describe(
          'Standard Webhooks: `webhook-signature` with v1 (HMAC-SHA256) or v1a (ed25519), by the kind of secret',
        ),
    }),
    z.strictObject({
      scheme: z
        .literal('hmac')
        .describe('For receivers of the older sort: an HMAC of the body, keyed by the secret’s text in UTF-8'),
      algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256').describe('The hash'),
      encoding: z.enum(['hex', 'base64']).default('hex').describe('How the signature is written'),
      header: signatureHeaderName.describe('The name of the header that carries it; made lower case'),
      prefix: z
        .string()
        .regex(/^[\x21-\x7e]{0,64}$/, 'A prefix is up to 64 visible ASCII characters')
        .default('')
        .describe('Put before the signature, like `sha256=`; up to 64 visible ASCII characters'),
      includeTimestamp: z
        .boolean()
        .default(false)
        .describe('Signs `<unix seconds>.<body>` instead, in the form `t=<unix seconds>,v1=<signature>`'),
    }),
  ],
  { error: 'The scheme is standard or hmac' },
)

export const eventFilter = members(z.string(), z.json()).superRefine((filter: EventFilter, context) => {
  for (const { pointer, detail } of checkFilter(filter)) {
    context.addIssue({ code: 'custom', path: pointerPath(pointer), message: detail })
  }
})

function pointerPath(pointer: string): string[] {
  const tokens = pointer.split('/').slice(1)
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

import { createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from 'node:crypto'

/** What was received is not what Redrive has sent, or too long ago. Answer 400 or 401, and do nothing. */
export class WebhookVerificationError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WebhookVerificationError'
  }
}

export interface VerifiedWebhook {
  /** the event's id, the same on every attempt: what has been handled already is known by it */
  id: string
  /** when this attempt was sent */
  timestamp: Date
  /** absent where the receiver is called by something else than Redrive */
  eventType: string | null
  deliveryId: string | null
  attempt: number | null
  /** the body, parsed */
  payload: unknown
}

export interface VerifyOptions {
  /** `whsec_...`; for ed25519 the public key `whpk_...`. Several while a secret is being rotated */
  secret: string | readonly string[]
  /** of the request: `Headers`, or Node's `request.headers` */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** the body as it came, byte for byte: not parsed and written again */
  body: string | Uint8Array
  /** how far its time may be from ours; default 300 */
  toleranceSeconds?: number
  /** milliseconds; default the system's clock */
  now?: number
}

/** DER of an ed25519 public key up to its 32 bytes (RFC 8410, 4). */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Checks a webhook by the Standard Webhooks specification (v1 and v1a).
 * @throws WebhookVerificationError
 */
export function verify(options: VerifyOptions): VerifiedWebhook {
  const { headers, toleranceSeconds = 300, now = Date.now() } = options
  const id = required(headers, 'webhook-id')
  const sentAt = required(headers, 'webhook-timestamp')
  const signatures = required(headers, 'webhook-signature').split(' ')
  if (!/^[0-9]{1,12}$/.test(sentAt)) throw new WebhookVerificationError('webhook-timestamp is not a number of seconds')
  if (Math.abs(now / 1000 - Number(sentAt)) > toleranceSeconds) {
    throw new WebhookVerificationError(
      'webhook-timestamp is too far from the time here: an old request, or a wrong clock',
    )
  }
  const body = Buffer.from(options.body)
  const content = Buffer.concat([Buffer.from(`${id}.${sentAt}.`), body])
  const secrets = typeof options.secret === 'string' ? [options.secret] : options.secret
  if (!secrets.some((secret) => signatures.some((signature) => isSignedBy(secret, signature, content)))) {
    throw new WebhookVerificationError('No signature in webhook-signature fits the body and the secret')
  }
  const attempt = Number(header(headers, 'redrive-attempt') ?? Number.NaN)
  return {
    id,
    timestamp: new Date(Number(sentAt) * 1000),
    eventType: header(headers, 'redrive-event-type'),
    deliveryId: header(headers, 'redrive-delivery-id'),
    attempt: Number.isInteger(attempt) ? attempt : null,
    payload: parse(body),
  }
}

function isSignedBy(secret: string, signature: string, content: Buffer): boolean {
  const [version = '', encoded = ''] = signature.split(',', 2)
  const given = Buffer.from(encoded, 'base64')
  if (secret.startsWith('whpk_')) {
    if (version !== 'v1a' || given.length !== 64) return false
    const raw = Buffer.from(secret.slice('whpk_'.length), 'base64')
    const key = createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: 'der', type: 'spki' })
    return verifySignature(null, content, key, given)
  }
  const expected = createHmac('sha256', hmacKey(secret)).update(content).digest()
  return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
}

function hmacKey(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  // with an empty key anybody could sign
  if (key.length === 0)
    throw new TypeError('The secret is empty or no base64: give it as the endpoint shows it (whsec_...)')
  return key
}

function required(headers: VerifyOptions['headers'], name: string): string {
  const value = header(headers, name)
  if (value === null || value === '') throw new WebhookVerificationError(`The header ${name} is missing`)
  return value
}

function header(headers: VerifyOptions['headers'], name: string): string | null {
  if (headers instanceof Headers) return headers.get(name)
  const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === name) ?? []
  return typeof value === 'string' ? value : (value?.[0] ?? null)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    throw new WebhookVerificationError('The body is signed, but it is not JSON')
  }
}

import type { KeyObject } from 'node:crypto'
import { createHmac, createPrivateKey, createPublicKey, createSecretKey, randomBytes, sign } from 'node:crypto'
import type { SignatureScheme } from './domain.ts'
import { memoize } from './memo.ts'

/** Standard Webhooks: `whsec_` keys an HMAC-SHA256 (v1), `whsk_` is an ed25519 key (v1a). */
const HMAC_PREFIX = 'whsec_'
const ED25519_PREFIX = 'whsk_'
const ED25519_SEED_BYTES = 32
/** DER of a PKCS#8 ed25519 private key up to its seed (RFC 8410, 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
/** Making a key object costs about as much as signing, so those in use are kept. */
const KEPT_KEYS = 10_000

const keyOf = memoize(KEPT_KEYS, (secret): KeyObject => {
  if (secret.startsWith(ED25519_PREFIX)) return ed25519Key(Buffer.from(secret.slice(ED25519_PREFIX.length), 'base64'))
  return createSecretKey(secret.slice(HMAC_PREFIX.length), 'base64')
})
/** The `hmac` scheme is keyed by the secret's text as it stands. */
const textKeyOf = memoize(KEPT_KEYS, (secret) => createSecretKey(secret, 'utf8'))

export function generateSecret(): string {
  return HMAC_PREFIX + randomBytes(32).toString('base64')
}

/** Why a signing secret can't be used, in a sentence that never repeats it; null if it can. */
export function checkSecret(secret: string): string | null {
  if (secret.startsWith(HMAC_PREFIX)) {
    const key = strictBase64(secret.slice(HMAC_PREFIX.length))
    if (key === null) return 'What follows whsec_ must be base64, with its padding'
    return key.length >= 24 && key.length <= 64 ? null : 'What follows whsec_ must be the base64 of 24 to 64 bytes'
  }
  if (!secret.startsWith(ED25519_PREFIX)) return 'A signing secret begins with whsec_ (HMAC) or whsk_ (ed25519)'
  const key = strictBase64(secret.slice(ED25519_PREFIX.length))
  if (key === null) return 'What follows whsk_ must be base64, with its padding'
  if (key.length === ED25519_SEED_BYTES) return null
  if (key.length !== 2 * ED25519_SEED_BYTES)
    return 'What follows whsk_ must be the base64 of an ed25519 key of 32 or 64 bytes'
  // SPKI of ed25519 ends with the raw public key
  const publicKey = createPublicKey(ed25519Key(key))
    .export({ format: 'der', type: 'spki' })
    .subarray(-ED25519_SEED_BYTES)
  return publicKey.equals(key.subarray(ED25519_SEED_BYTES))
    ? null
    : 'The two halves of the whsk_ key do not belong together'
}

/**
 * The value of `webhook-signature`: one signature for each live secret, separated by spaces.
 * The secrets must have passed `checkSecret`.
 */
export function signatureHeader(
  secrets: readonly string[],
  id: string,
  timestampSeconds: number,
  body: string,
): string {
  const content = `${id}.${String(timestampSeconds)}.${body}`
  return secrets.map((secret) => standardSignature(secret, content)).join(' ')
}

/**
 * The header value of the `hmac` scheme, for receivers of the older sort. Keyed by the secret's text. With the timestamp
 * the value carries a signature for each live secret; without, there is room for one, and the first (newest) signs.
 */
export function hmacHeader(
  scheme: Extract<SignatureScheme, { scheme: 'hmac' }>,
  secrets: readonly string[],
  timestampSeconds: number,
  body: string,
): string {
  const hmac = (secret: string, content: string) =>
    createHmac(scheme.algorithm, textKeyOf(secret)).update(content).digest(scheme.encoding)
  if (scheme.includeTimestamp) {
    const timestamp = String(timestampSeconds)
    const signatures = secrets.map((secret) => `v1=${hmac(secret, `${timestamp}.${body}`)}`)
    return [`t=${timestamp}`, ...signatures].join(',')
  }
  const [newest] = secrets
  if (newest === undefined) throw new Error('There is no secret to sign with')
  return scheme.prefix + hmac(newest, body)
}

function standardSignature(secret: string, content: string): string {
  if (secret.startsWith(ED25519_PREFIX))
    return `v1a,${sign(null, Buffer.from(content), keyOf(secret)).toString('base64')}`
  return `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`
}

function ed25519Key(raw: Buffer): KeyObject {
  const seed = raw.subarray(0, ED25519_SEED_BYTES)
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
}

/** Node's decoder skips what it does not know, so only what encodes back to the same text counts. */
function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

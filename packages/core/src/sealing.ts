import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { memoize } from './memo.ts'

/** Encrypts endpoint secrets and sensitive headers at rest. */
export interface Sealer {
  /** Binds the sealed text to `boundTo` (the owning row and column), so that it can't be moved to another. */
  seal(plaintext: string, boundTo: string): string
  /** @throws SealError */
  open(sealed: string, boundTo: string): string
  /** Whether it is sealed under the first key, so that the others are not needed for it. */
  isCurrent(sealed: string): boolean
}

export type SealErrorCode = 'malformed' | 'unknown_key' | 'corrupt'

/** Something sealed can't be opened: an operator's fault or ours, never the receiver's. Holds nothing secret. */
export class SealError extends Error {
  override readonly name = 'SealError'
  readonly code: SealErrorCode

  constructor(code: SealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** Opened texts that are kept: an endpoint's secrets are wanted for each of its deliveries. */
const KEPT_TEXTS = 10_000

/**
 * AES-256-GCM under the first key; every key opens. Text: `v1.<key id>.<iv>.<ciphertext>.<tag>`, base64url.
 * @throws RangeError for no keys or one that is not 32 bytes long
 */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const keysById = new Map(keys.map((key) => [keyId(key), key]))
  const [current] = keysById
  if (current === undefined) throw new RangeError('At least one encryption key is needed')
  const [currentId, currentKey] = current

  // neither a sealed text nor what it is bound to changes under the same key; the former has no spaces
  const kept = memoize(KEPT_TEXTS, (key) => {
    const end = key.indexOf(' ')
    return open(key.slice(0, end), key.slice(end + 1))
  })

  function open(sealed: string, boundTo: string): string {
    const [version, id, iv, ciphertext, tag, ...rest] = sealed.split('.')
    if (version !== 'v1' || iv === undefined || ciphertext === undefined || tag === undefined || rest.length > 0) {
      throw new SealError('malformed', 'A sealed value is not in a known format')
    }
    const key = keysById.get(id ?? '')
    if (key === undefined) throw new SealError('unknown_key', 'A value is sealed with a key that is not configured')
    try {
      const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(boundTo))
      decipher.setAuthTag(Buffer.from(tag, 'base64url'))
      return Buffer.concat([decipher.update(ciphertext, 'base64url'), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new SealError('corrupt', 'A sealed value was altered, or belongs to another row', { cause })
    }
  }

  return {
    isCurrent: (sealed) => sealed.startsWith(`v1.${currentId}.`),

    seal(plaintext, boundTo) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(ALGORITHM, currentKey, iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(boundTo))
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'))
      return ['v1', currentId, ...parts].join('.')
    },

    open: (sealed, boundTo) => kept(`${sealed} ${boundTo}`),
  }
}

function keyId(key: Buffer): string {
  if (key.length !== KEY_BYTES) throw new RangeError(`An encryption key must be ${String(KEY_BYTES)} bytes long`)
  return createHash('sha256').update('redrive key id').update(key).digest('hex').slice(0, 8)
}

import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isUuid } from './ids.ts'

const API_KEY = /^rdk_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

/** A new key for the row with this id (a UUID): its text, shown once, and the hash that is stored. */
export function createApiKey(id: string): { key: string; hash: Buffer } {
  const secret = randomBytes(32).toString('base64url')
  return { key: `rdk_${id.replaceAll('-', '')}_${secret}`, hash: hashApiKeySecret(secret) }
}

/** The row's id and the secret of a presented key, or null if it does not look like one of ours. */
export function parseApiKey(text: string): { id: string; secret: string } | null {
  const [, a, b, c, d, e, secret] = API_KEY.exec(text) ?? []
  const id = [a, b, c, d, e].join('-')
  return secret !== undefined && isUuid(id) ? { id, secret } : null
}

/** Compares in constant time. */
export function apiKeyMatches(secret: string, hash: Uint8Array): boolean {
  const presented = hashApiKeySecret(secret)
  return hash.length === presented.length && timingSafeEqual(presented, hash)
}

/** 256 random bits need no slow hash. */
function hashApiKeySecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

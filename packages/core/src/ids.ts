import { hash, randomFillSync } from 'node:crypto'
import type { Clock } from './ports.ts'
import { systemClock } from './ports.ts'

/**
 * Ids are UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits that count up within a millisecond
 * (so that ids of one process sort in the order in which they were made), then 62 random bits.
 *
 * What belongs to an event carries the event's first 64 bits in its own id (`derivedId`). So an event, its deliveries
 * and their attempts lie in the same time partition, are found by one range of the primary key, and "one delivery for
 * an (event, endpoint)" and "one record for a (delivery, number)" are the primary key itself.
 */
export type IdGenerator = () => string

const COUNTER_LIMIT = 0x1000
const RANDOM_POOL_BYTES = 4096

/** Makes a generator of UUIDv7 whose ids are strictly increasing within the process, even if the clock steps back. */
export function createIdGenerator(clock: Clock = systemClock): IdGenerator {
  const pool = Buffer.allocUnsafe(RANDOM_POOL_BYTES)
  let poolOffset = RANDOM_POOL_BYTES
  let lastMs = -1
  let counter = 0

  return () => {
    const now = clock()
    if (now > lastMs) {
      lastMs = now
      counter = 0
    } else if (++counter === COUNTER_LIMIT) {
      lastMs += 1
      counter = 0
    }
    if (poolOffset === RANDOM_POOL_BYTES) {
      randomFillSync(pool)
      poolOffset = 0
    }
    const bytes = Buffer.allocUnsafe(16)
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(0x7000 | counter, 6)
    pool.copy(bytes, 8, poolOffset, poolOffset + 8)
    poolOffset += 8
    return formatId(bytes)
  }
}

export const newId: IdGenerator = createIdGenerator()

/** The id of the one delivery of an event to an endpoint. */
export function deliveryId(eventId: string, endpointId: string): string {
  return derivedId(eventId, endpointId)
}

/** The id of a delivery's attempt with this number (from 1). */
export function attemptId(deliveryId: string, number: number): string {
  return derivedId(deliveryId, `${deliveryId}/${String(number)}`)
}

/**
 * The smallest and the largest id that share the first 64 bits of `id`: the primary-key range in which an event's
 * deliveries and attempts are found.
 */
export function familyRange(id: string): { first: string; last: string } {
  const prefix = id.slice(0, 18)
  return { first: `${prefix}-8000-000000000000`, last: `${prefix}-bfff-ffffffffffff` }
}

/** The creation time that a UUIDv7 carries, in milliseconds since the epoch. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** The smallest UUIDv7 of a moment: a bound for `since` and `until`. */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Whether it could be taken for an id or a number, by which things are named too: no slug is like that. */
export function isLikeIdOrNumber(slug: string): boolean {
  return isUuid(slug) || /^[0-9]+$/.test(slug)
}

function derivedId(familyId: string, name: string): string {
  const hex = hash('sha256', `${familyId}/${name}`, 'hex')
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) & 3)
  return `${familyId.slice(0, 18)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function formatId(bytes: Buffer): string {
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex', 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

import type { WebhookEvent } from '@redrive/core'
import type { Db } from '../db.ts'
import type { NewEvent, PublishAnswer } from '../repositories.ts'
import { toEvent } from '../rows/event-row.ts'

/** `stale`: the key's event is gone, and so is the key now; it can be published. */
export type EarlierAnswer = PublishAnswer | { kind: 'stale' } | null

/**
 * What became of entries that were not written, because their id or their key was there already. In a snapshot of its
 * own, which sees what the winner of a key has committed. An event that is there under its own id was written by an
 * earlier try whose answer got lost: created all the same. null: neither the id nor the key is there.
 */
export async function findEarlier(db: Db, entries: readonly NewEvent[]): Promise<EarlierAnswer[]> {
  const named = entries.flatMap(({ tenantId, idempotencyKey: key }) => (key === null ? [] : [{ tenantId, key }]))
  const keys = await db.idempotencyKey.findMany({ where: { OR: named } })
  const rows = await db.event.findMany({
    where: { id: { in: [...keys.map((key) => key.eventId), ...entries.map((entry) => entry.id)] } },
    omit: { payload: true },
  })
  const events = new Map(rows.map((row) => [inTenant(row.tenantId, row.id), toEvent(row)]))
  const keysByName = new Map(keys.map((key) => [inTenant(key.tenantId, key.key), key]))

  const orphans = keys.filter((key) => !events.has(inTenant(key.tenantId, key.eventId)))
  if (orphans.length > 0) {
    // by the event too: what another call has made of the key meanwhile stays
    await db.idempotencyKey.deleteMany({
      where: { OR: orphans.map(({ tenantId, key, eventId }) => ({ tenantId, key, eventId })) },
    })
  }

  return entries.map((entry): EarlierAnswer => {
    const own = events.get(inTenant(entry.tenantId, entry.id))
    if (own) return { kind: 'created', event: own }
    const key =
      entry.idempotencyKey === null ? undefined : keysByName.get(inTenant(entry.tenantId, entry.idempotencyKey))
    if (!key) return null
    return answerFor(entry, key.contentHash, events.get(inTenant(key.tenantId, key.eventId)))
  })
}

function answerFor(entry: NewEvent, contentHash: Uint8Array, first: WebhookEvent | undefined): EarlierAnswer {
  if (!first) return { kind: 'stale' }
  return entry.contentHash?.equals(contentHash) ? { kind: 'replayed', event: first } : { kind: 'conflict' }
}

function inTenant(tenantId: string, name: string): string {
  return `${tenantId}/${name}`
}

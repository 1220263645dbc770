import { deliveryId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DueDelivery, FirstClaims, Ledger } from '../ledger.ts'
import { loadClaimed } from './claimed-row.ts'
import type { InsertedRow } from './insert-deliveries.ts'
import type { LedgerOptions } from './create.ts'
import { insertDeliveries } from './insert-deliveries.ts'
import type { NewDelivery } from './insert-deliveries.ts'
import { letIn } from './let-in.ts'
import { findOwed } from './owed.ts'
import { release } from './release.ts'
import { GRACE_SECONDS, retryDeadlock } from './statement.ts'
import { findEvents, recipientsOf } from './recipients.ts'
import type { FoundEvent, Recipient } from './recipients.ts'

/**
 * Deliveries in one insert: an event to very many endpoints becomes several statements, each so short that neither this
 * process nor those who wait for the same rows or pages notice.
 */
const INSERT_CHUNK = 500
/** What a chunk may take to be brought at the slowest pace: the next one is looked for that much later. */
const CHUNK_SECONDS = 2

/** Nothing is claimed by whoever only wants them made. */
const NO_CLAIMS: FirstClaims = { leaseSeconds: 0, wants: () => false }

/** Looks up who subscribes, then inserts deliveries and marks their events in one statement a chunk. */
export function createFanOut(db: Db, options: FanOutOptions): Pick<Ledger, 'fanOut' | 'fanOutUpTo'> {
  return {
    fanOut: async (eventIds) => (await fanOut(db, options, eventIds, Infinity, NO_CLAIMS)).due,
    fanOutUpTo: (eventIds, most, firstClaims = NO_CLAIMS) => fanOut(db, options, eventIds, most, firstClaims),
  }
}

type FanOutOptions = Pick<LedgerOptions, 'batches' | 'sealer' | 'log'>

async function fanOut(
  db: Db,
  { batches, sealer, log }: FanOutOptions,
  eventIds: readonly string[],
  most: number,
  { leaseSeconds, wants }: FirstClaims,
): ReturnType<Ledger['fanOutUpTo']> {
  if (eventIds.length === 0) return { due: [], claimed: [], left: [] }
  const { events: loaded, subscribers } = await findEvents(batches, eventIds, most)
  const found = loaded.filter((event) => event.status === 'pending' && event.due)
  // dispatched by an earlier run of the same job, which may have died before it enqueued them
  const unsure = new Set(loaded.filter((event) => event.status === 'dispatched').map((event) => event.id))

  const looked = await recipientsOf(batches, found, subscribers, most)
  const { recipients, left } = upTo(most, looked.recipients)
  for (const event of looked.tooMany) left.add(event.id)
  const pending = found.filter((event) => !left.has(event.id))
  const due: DueDelivery[] = []
  const taken: InsertedRow[] = []
  try {
    for (const [chunk, { rows, done }] of chunksOf(recipients, pending, wants).entries()) {
      const graceSeconds = GRACE_SECONDS + chunk * CHUNK_SECONDS
      const made = await retryDeadlock(() => insertDeliveries(batches, rows, done, { graceSeconds, leaseSeconds }))
      const madeById = new Map(made.map((row) => [row.id, row]))
      for (const row of rows) {
        const { dueAt, claimed } = madeById.get(row.id) ?? {}
        if (dueAt === undefined) unsure.add(row.event.id)
        else if (!row.parked && claimed === false) due.push(dueDelivery(row, dueAt))
      }
      taken.push(...made.filter((row) => row.claimed))
    }
    const already = new Set(due.map((delivery) => delivery.deliveryId))
    const owed = await findOwed(db, [...unsure])
    const inOrder = new Set(recipients.filter((one) => one.inOrder).map((one) => one.endpointId))
    const next = await letIn(db, [...inOrder])
    const claimed = await loadClaimed(db, taken, { sealer, log })
    return {
      due: [...due, ...next, ...owed.filter((delivery) => !already.has(delivery.deliveryId))],
      claimed: [...claimed.values()],
      left: [...left],
    }
  } catch (error) {
    // nobody will send what was claimed
    const back = taken.map(({ id, fence }) => ({ claim: { deliveryId: id, fence }, delaySeconds: 0, fault: null }))
    if (back.length > 0)
      await release(db, back).catch((failed: unknown) => {
        log.warn('claims are left to run out', { deliveries: back.length, error: failed })
      })
    throw error
  }
}

/** Whole events, as many as have no more recipients together. */
function upTo(most: number, all: Recipient[]): { recipients: Recipient[]; left: Set<string> } {
  if (all.length <= most) return { recipients: all, left: new Set() }
  let room = most
  const left = new Set<string>()
  const recipients = [...Map.groupBy(all, ({ event }) => event.id)].flatMap(([eventId, some]) => {
    if (some.length > room) {
      left.add(eventId)
      return []
    }
    room -= some.length
    return some
  })
  return { recipients, left }
}

/** An event is done with the last chunk that holds a delivery of it; one without recipients with the first. */
function chunksOf(
  recipients: readonly Recipient[],
  pending: readonly FoundEvent[],
  wants: FirstClaims['wants'],
): { rows: NewDelivery[]; done: string[] }[] {
  if (pending.length === 0) return []
  // in the order of ids, so that two runs over the same events meet without deadlock
  const deliveries = recipients
    .map((recipient) => ({ ...recipient, id: deliveryId(recipient.event.id, recipient.endpointId) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, event, endpointId, parked }): NewDelivery => {
      const mayGo = !parked && !event.expired
      return {
        id,
        event,
        endpointId,
        parked,
        wanted: mayGo && wants({ deliveryId: id, endpointId, tenantId: event.tenantId, eventType: event.type }),
      }
    })
  const lastChunkOf = new Map(deliveries.map(({ event }, at) => [event.id, Math.floor(at / INSERT_CHUNK)]))
  return Array.from({ length: Math.max(1, Math.ceil(deliveries.length / INSERT_CHUNK)) }, (_, chunk) => ({
    rows: deliveries.slice(chunk * INSERT_CHUNK, (chunk + 1) * INSERT_CHUNK),
    done: pending.filter((event) => (lastChunkOf.get(event.id) ?? 0) === chunk).map((event) => event.id),
  }))
}

function dueDelivery({ id, event, endpointId }: NewDelivery, dueAt: Date): DueDelivery {
  return {
    deliveryId: id,
    round: 0,
    tenantId: event.tenantId,
    endpointId,
    eventType: event.type,
    dueAt,
    trigger: 'automatic',
    trace: event.trace,
  }
}

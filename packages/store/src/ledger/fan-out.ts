import { deliveryId } from '@redrive/core'
import type { Db } from '../db.ts'
import type { DueDelivery, FirstClaims, Ledger, Made } from '../ledger.ts'
import { loadClaimed } from './claimed-row.ts'
import type { LedgerOptions } from './create.ts'
import { insertDeliveries } from './insert-deliveries.ts'
import type { InsertedRow, NewDelivery } from './insert-deliveries.ts'
import { letIn } from './let-in.ts'
import { findOwed } from './owed.ts'
import { findEvents, recipientsOf } from './recipients.ts'
import type { FoundEvent, Recipient, Which } from './recipients.ts'
import { release } from './release.ts'
import { GRACE_SECONDS, NIL, retryDeadlock } from './statement.ts'

/** Deliveries in one insert: so short that neither this process nor those who wait for the same rows or pages notice. */
const INSERT_CHUNK = 500
/** What a chunk may take to be brought at the slowest pace: the next one is looked for that much later. */
const CHUNK_SECONDS = 2
/** Deliveries that are made together for whoever does not say. */
const MOST_TOGETHER = 1_000
/** Of an event to more than that, so many at a time. */
const PART = 250
/** Subscribers that are looked at together, where filters leave none of fewer. */
const MOST_LOOKED_AT = 1_000
/**
 * So long after a part nobody looks for the rest. Who wants publish order, and has its delivery by then, does not wait for
 * the others of an event that is looked for so late.
 */
const PART_SECONDS = 120

/** Nothing is claimed by whoever only wants them made. */
const NO_CLAIMS: FirstClaims = { leaseSeconds: 0, wants: () => false }

type FanOutOptions = Pick<LedgerOptions, 'batches' | 'sealer' | 'log'>

/** Looks up who subscribes, then inserts deliveries and marks their events in one statement a chunk. */
export function createFanOut(db: Db, options: FanOutOptions): Pick<Ledger, 'fanOut' | 'fanOutUpTo' | 'fanOutPart'> {
  const { batches } = options

  const fanOutUpTo: Ledger['fanOutUpTo'] = async (eventIds, most, firstClaims) => {
    if (eventIds.length === 0) return { ...NOTHING, left: [] }
    const events = await findEvents(batches, eventIds, { most: most + 1 })
    const { few = [], many = [] } = Object.groupBy(events.filter(isPending), ({ subscribers }) =>
      subscribers.length > most ? 'many' : 'few',
    )
    const { recipients, left } = upTo(most, await recipientsOf(batches, few))
    for (const event of many) left.add(event.id)
    const whole = few.filter((event) => !left.has(event.id))
    return { ...(await make(db, options, { events, recipients, whole }, firstClaims)), left: [...left] }
  }

  const fanOutPart: Ledger['fanOutPart'] = async (eventId, from, most, firstClaims) => {
    const { event, events, recipients, next } = await findPart(eventId, from, most)
    const making = { events, recipients, whole: event && next === null ? [event] : [], inPart: next !== null }
    return { ...(await make(db, options, making, firstClaims)), next }
  }

  /** The next recipients of an event, up to `most` of them, past all whom its filter keeps out. */
  async function findPart(eventId: string, from: string | null, most: number): Promise<Part> {
    const recipients: Recipient[] = []
    for (let after = from, size = most; ; size = Math.min(MOST_LOOKED_AT, size * 2)) {
      // those in publish order are among the next again: who has come to want it meanwhile must not be left out
      const which: Which = after === null ? { part: 'in order' } : { part: 'next', after, most: size + 1 }
      const events = await findEvents(batches, [eventId], which)
      const [event] = events.filter(isPending)
      if (event === undefined) return { event, events, recipients: [], next: null }
      const found = event.subscribers.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const subscribers = after === null ? found : found.slice(0, size)
      const takers = await recipientsOf(batches, [{ ...event, subscribers }])
      if (after === null) return { event, events, recipients: takers, next: NIL }
      recipients.push(...takers.slice(0, most - recipients.length))
      if (recipients.length === most) return { event, events, recipients, next: recipients.at(-1)?.endpointId ?? null }
      const last = subscribers.at(-1)?.id
      if (last === undefined || subscribers.length === found.length) return { event, events, recipients, next: null }
      after = last
    }
  }

  return {
    fanOutUpTo,
    fanOutPart,
    async fanOut(eventIds) {
      const all: DueDelivery[] = []
      const gates = new Set<string>()
      let rest = eventIds
      for (let done = false; !done;) {
        const { due, waitingAt, left } = await fanOutUpTo(rest, MOST_TOGETHER)
        all.push(...due)
        for (const { endpointId } of waitingAt) gates.add(endpointId)
        // each that is left when none was made has too many alone
        done = left.length === rest.length || left.length === 0
        rest = left
      }
      for (const eventId of rest) {
        let next: string | null = null
        do {
          const part = await fanOutPart(eventId, next, PART)
          all.push(...part.due)
          for (const { endpointId } of part.waitingAt) gates.add(endpointId)
          next = part.next
        } while (next !== null)
      }
      return [...all, ...(await letIn(db, [...gates]))]
    },
  }
}

function isPending({ status, due }: FoundEvent): boolean {
  return status === 'pending' && due
}

interface Part {
  /** undefined: it is no more pending */
  event: FoundEvent | undefined
  events: readonly FoundEvent[]
  recipients: readonly Recipient[]
  next: string | null
}

interface Making {
  /** what was looked up, with those that an earlier run has dispatched, which may have died before it enqueued them */
  events: readonly FoundEvent[]
  recipients: readonly Recipient[]
  /** pending events of which nothing is left to make after these */
  whole: readonly FoundEvent[]
  /** there are more to make of the event */
  inPart?: boolean
}

const NOTHING: Made = { due: [], claimed: [], waitingAt: [] }

async function make(
  db: Db,
  { batches, sealer, log }: FanOutOptions,
  { events, recipients, whole, inPart = false }: Making,
  { leaseSeconds, wants } = NO_CLAIMS,
): Promise<Made> {
  const dispatched = events.filter((event) => event.status === 'dispatched').map((event) => event.id)
  const due: DueDelivery[] = []
  const there: string[] = []
  const waitingAt: Made['waitingAt'] = []
  const inOrder = new Set(recipients.filter((one) => one.inOrder).map((one) => one.endpointId))
  const taken: InsertedRow[] = []
  try {
    const chunks = chunksOf(recipients, whole, wants)
    for (const [chunk, { rows, done }] of chunks.entries()) {
      const graceSeconds = GRACE_SECONDS + chunk * CHUNK_SECONDS
      // not before the last: who wants publish order, and has no delivery yet, waits for an event that is looked for soon
      const putOffSeconds = inPart && chunk === chunks.length - 1 ? PART_SECONDS : null
      const made = await retryDeadlock(() =>
        insertDeliveries(batches, rows, done, { graceSeconds, leaseSeconds, putOffSeconds }),
      )
      const madeById = new Map(made.map((row) => [row.id, row]))
      for (const row of rows) {
        const { dueAt, claimed } = madeById.get(row.id) ?? {}
        if (dueAt === undefined) there.push(row.id)
        else if (!row.parked && claimed === false) due.push(dueDelivery(row, dueAt))
        else if (inOrder.has(row.endpointId)) waitingAt.push(dueDelivery(row, dueAt))
      }
      taken.push(...made.filter((row) => row.claimed))
    }
    const owed = await findOwed(db, { eventIds: dispatched, deliveryIds: there })
    const claimed = await loadClaimed(db, taken, { sealer, log })
    return { due: [...due, ...owed], claimed: [...claimed.values()], waitingAt }
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
  whole: readonly FoundEvent[],
  wants: FirstClaims['wants'],
): { rows: NewDelivery[]; done: string[] }[] {
  if (recipients.length === 0 && whole.length === 0) return []
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
    done: whole.filter((event) => (lastChunkOf.get(event.id) ?? 0) === chunk).map((event) => event.id),
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

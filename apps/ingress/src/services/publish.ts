import { createHash } from 'node:crypto'
import { type EventSubject, idTime, newId, type WebhookEvent } from '@redrive/core'
import { createCrowding, type Place, typeKey } from '@redrive/queue'
import { createBatcher, createPace } from '@redrive/runtime'
import type { NewEvent, PublishAnswer, Store } from '@redrive/store'
import { noTracing, shared, traced, type Tracing } from '@redrive/tracing'
import type { IngressMetrics } from '../operations/metrics.ts'
import { createAnnouncer } from './announce.ts'
import type { Batch } from './batch.ts'
import type { Hurry } from './hurry.ts'
import type { IngestLimit } from './ingest-limit.ts'

/** An event as a producer hands it in, checked, with defaults filled in. */
export interface EventInput {
  type: string
  /** JSON text, byte for byte as it came */
  payload: string
  channel: string | null
  subject: EventSubject | null
  metadata: Record<string, string>
  idempotencyKey: string | null
  endpointId: string | null
  deliverAt: Date | null
  expiresAt: Date | null
}

interface EventSource {
  eventId: string
  /** of its delivery to the one endpoint, where the receiver is to be told that */
  deliveryNumber: number | null
}

/** What every way of publishing goes through. */
export interface PublishService {
  /**
   * Resolves after the commit. Rejects with `TooManyEvents` beyond the tenant's ingest limit, with `Overloaded` when too much is waiting, and with `StoreUnavailable`; in both
   * cases the event is not known to be there, and publishing it again (with its idempotency key) is safe.
   * `source`: what this event repeats.
   */
  publish(tenantId: string, input: EventInput, source?: EventSource, batch?: Batch): Promise<PublishAnswer>
  /**
   * Resolves with how many of a batch's entries, of which so many are left, may be published next: while others publish, a
   * few at a time, and as fast as these hardly notice.
   */
  nextPortion(left: number): Promise<number>
  close(): Promise<void>
}

/** Measured to be the quickest: rows of concurrent requests in one insert, then few jobs for all of them. */
const BATCH_EVENTS = 200
const BATCHES_IN_FLIGHT = 3
/** A statement has a price of its own, of some twenty events: while one is under way, the next gathers for so long. */
const GATHER_MS = 5
const MAX_WAITING = 5_000
/** While the database hangs, each batch takes as long as its patience: who would have to wait for several is told now. */
const LONGEST_WAIT_MS = 3_000
/** What exceeds these is fanned out by the lane of floods: to one endpoint, or of one type, and of a tenant. */
const TARGET_PER_SECOND = 250
const TENANT_PER_SECOND = 500
/** Entries of a large batch that are written at once: all others feel it. */
const PORTION = { shared: 20, alone: 50 }
/** A commit of so few tells how busy the database is. */
const TELLING_EVENTS = 10

export function createPublishService(deps: {
  store: Pick<Store, 'events'>
  hurry: Hurry
  metrics?: Pick<IngressMetrics, 'published'>
  /** default: nothing is traced */
  tracing?: Tracing
  /** null: tenants publish as much as they like */
  limit?: IngestLimit | null
}): PublishService {
  const { store, hurry, metrics, tracing = noTracing, limit = null } = deps
  const announcer = createAnnouncer(hurry)
  const crowding = createCrowding()
  const pace = createPace({ rate: { first: 300, least: 100, most: 1_000 }, strainMs: { commit: 5 } })
  const batcher = createBatcher<NewEvent & { batch?: Batch }, PublishAnswer>({
    maxSize: BATCH_EVENTS,
    maxConcurrent: BATCHES_IN_FLIGHT,
    maxQueued: MAX_WAITING,
    gatherMs: GATHER_MS,
    maxWaitMs: LONGEST_WAIT_MS,
    run: (events) =>
      tracing.isOn
        ? traced(tracing, 'publish events', shared(events.map(({ trace }) => trace)), () => write(events))
        : write(events),
  })

  async function write(events: (NewEvent & { batch?: Batch })[]): Promise<PublishAnswer[]> {
    const began = performance.now()
    const answers = await store.events.publish(events)
    if (events.length <= TELLING_EVENTS) pace.felt('commit', performance.now() - began)
    metrics?.published(answers)
    const counted = answers.flatMap((answer, at) =>
      isDueNow(answer)
        ? [{ eventId: answer.event.id, status: answer.event.status, ...placeOf(answer.event, events[at]?.batch) }]
        : [],
    )
    // what nobody subscribes to is dispatched already
    announcer.announce(
      counted.filter(({ status }) => status === 'pending'),
      tracing.active(),
    )
    return answers
  }

  function placeOf({ tenantId, endpointId, type }: WebhookEvent, batch?: Batch): Place {
    const target = endpointId ?? typeKey(tenantId, type)
    const place = crowding.place(
      { key: target, perSecond: TARGET_PER_SECOND, together: batch?.to({ endpointId, type }) ?? 0 },
      { key: tenantId, perSecond: TENANT_PER_SECOND, together: batch?.spread ?? 0 },
    )
    if (place.crowd === null) pace.fresh(target, tenantId)
    else pace.crowds(place.crowd)
    return place
  }

  return {
    async publish(tenantId, input, source, batch) {
      if (limit !== null) await limit.take(tenantId)
      const id = newId()
      const contentHash = input.idempotencyKey === null ? null : hashOf(input)
      // lists are cut to periods by id, so the id's time is the one that is shown
      const createdAt = new Date(idTime(id))
      return batcher.add({
        ...input,
        id,
        tenantId,
        contentHash,
        sourceEventId: source?.eventId ?? null,
        sourceNumber: source?.deliveryNumber ?? null,
        createdAt,
        ...(batch && { batch }),
        ...(tracing.isOn && { trace: tracing.active() }),
      })
    },
    async nextPortion(left) {
      const entries = Math.min(left, pace.isShared() ? PORTION.shared : PORTION.alone)
      // when it is closed there are no turns any more, and what comes is refused entry by entry
      await pace.turn(entries)
      return entries
    },
    async close() {
      pace.close()
      await batcher.close()
      await announcer.close()
    },
  }
}

/** A scheduled event gets no job now: the sweep finds it when its time has come. */
function isDueNow(answer: PublishAnswer): answer is Extract<PublishAnswer, { kind: 'created' }> {
  return answer.kind === 'created' && answer.event.status !== 'scheduled'
}

/** What an idempotency key is bound to: everything the producer said, the payload by its bytes. */
function hashOf(input: EventInput): Buffer {
  const { type, payload, channel, subject, metadata, endpointId, deliverAt, expiresAt } = input
  const metadataInOrder = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = [
    type,
    payload,
    channel,
    subject?.type,
    subject?.id,
    metadataInOrder,
    endpointId,
    deliverAt,
    expiresAt,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest()
}

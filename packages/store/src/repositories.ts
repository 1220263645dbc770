import type {
  ApiKey,
  Attempt,
  AttemptErrorCode,
  BulkRetry,
  BulkRetryRequest,
  Delivery,
  DeliveryStatus,
  EventSubject,
  RetryMode,
  Scope,
  Tenant,
  WebhookEvent,
} from '@redrive/core'
import type { Endpoints } from './endpoints.ts'
import type { DueDelivery } from './ledger.ts'

/**
 * The repositories behind the API. Whatever is named by an id is looked up within the tenant, so another tenant's
 * does not exist. Methods answer null where there is no such row, and throw `StoreUnavailable` when the database
 * can't be reached; they never throw for expected conflicts.
 */
export interface Store {
  tenants: Tenants
  apiKeys: ApiKeys
  endpoints: Endpoints
  events: Events
  deliveries: Deliveries
  attempts: Attempts
  ingest: Ingest
  bulkRetries: BulkRetries
  /** Resolves when the database answers; rejects with `StoreUnavailable`. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A page of a list that is newest first. `before`/`after` are positions in it: ids, exclusive. */
export interface PageRequest {
  limit: number
  /** rows older than this id */
  olderThan?: string
  /** rows newer than this id (the page just above it) */
  newerThan?: string
}

export interface Page<T> {
  data: T[]
  hasOlder: boolean
  hasNewer: boolean
}

export interface Tenants {
  create(input: { name: string; slug?: string }): Promise<{ tenant: Tenant } | { conflict: 'slug' }>
  get(id: string): Promise<Tenant | null>
  /** by id, slug or number, as the foreign contracts name tenants */
  find(reference: string): Promise<Tenant | null>
  list(page: PageRequest): Promise<Page<Tenant>>
  update(
    id: string,
    change: { name?: string; slug?: string },
  ): Promise<{ tenant: Tenant } | { conflict: 'slug' } | null>
  /** Keys stop working, endpoints are deleted, waiting deliveries are cancelled. */
  delete(id: string): Promise<boolean>
}

export interface ApiKeys {
  create(input: {
    id: string
    tenantId: string
    name: string
    scopes: Scope[]
    hash: Buffer
    expiresAt: Date | null
  }): Promise<ApiKey>
  /** The key with its hash, whatever its state; for the authenticator. */
  findForAuthentication(id: string): Promise<(ApiKey & { hash: Buffer }) | null>
  /** Notes that it is in use. */
  used(id: string): Promise<void>
  list(tenantId: string, page: PageRequest): Promise<Page<ApiKey>>
  revoke(tenantId: string, id: string): Promise<boolean>
}

export interface NewEvent {
  id: string
  tenantId: string
  type: string
  /** JSON text, byte for byte as it was published */
  payload: string
  channel: string | null
  subject: EventSubject | null
  metadata: Record<string, string>
  idempotencyKey: string | null
  /** SHA-256 over everything that the key is bound to; null without a key */
  contentHash: Buffer | null
  sourceEventId: string | null
  /** the number of the delivery that it is resent from, where a contract names that to the receiver */
  sourceNumber?: number | null
  endpointId: string | null
  createdAt: Date
  deliverAt: Date | null
  expiresAt: Date | null
  /** the span that publishes it (W3C traceparent), for those of its deliveries */
  trace?: string | null
}

export type PublishAnswer =
  | { kind: 'created'; event: WebhookEvent }
  | { kind: 'replayed'; event: WebhookEvent }
  /** the idempotency key was used for other content */
  | { kind: 'conflict' }
  /** `endpointId` names no endpoint of the tenant */
  | { kind: 'unknown_endpoint' }
  /** `endpointId` names one that nothing is delivered to */
  | { kind: 'endpoint_disabled' | 'endpoint_deleted' }
  /** `expiresAt` is past */
  | { kind: 'expired' }
  /** the database can't hold it (a NUL in a text, say); the rest of the batch is not affected */
  | { kind: 'refused'; detail: string }

export interface EventFilters {
  type?: string
  /** a type prefix, without the final `.*` */
  typePrefix?: string
  channel?: string
  subjectType?: string
  subjectId?: string
  since?: Date
  until?: Date
}

export type EventRetryAnswer =
  /** the deliveries that it was about as they are now, and those of them that want a job */
  | { kind: 'queued'; deliveries: Delivery[]; due: DueDelivery[] }
  /** `scheduled`: its deliverAt lies ahead, and its deliveries are made then */
  | { kind: 'conflict'; reason: 'scheduled' | 'expired' | 'endpoint_disabled' | 'endpoint_deleted' }
  | { kind: 'unknown_endpoint' }
  | { kind: 'unknown' }

export interface Events {
  /** One transaction for the batch: an answer for each event, in order. Resolves after the commit. */
  publish(events: readonly NewEvent[]): Promise<PublishAnswer[]>
  get(tenantId: string, id: string): Promise<WebhookEvent | null>
  /** With the payload's text and the number of its deliveries by status. */
  getWithPayload(
    tenantId: string,
    id: string,
  ): Promise<{ event: WebhookEvent; payload: string; deliveries: Partial<Record<DeliveryStatus, number>> } | null>
  list(tenantId: string, filters: EventFilters, page: PageRequest): Promise<Page<WebhookEvent>>
  /**
   * Queues the event's deliveries to all subscribed endpoints again, or to the one that is named, subscribed or not,
   * and makes those that are missing. What is being sent is left alone; `onlyFailed` spares what has succeeded too,
   * `onlyActive` subscribers that are paused. `channel` stands in for the event's own when subscribers are looked up.
   */
  retry(
    tenantId: string,
    id: string,
    options: { endpointId: string | null; onlyFailed: boolean; onlyActive?: boolean; channel?: string },
  ): Promise<EventRetryAnswer>
  /** The event that was published with this idempotency key. */
  findByKey(tenantId: string, key: string): Promise<{ event: WebhookEvent; payload: string } | null>
  /** The payload of the newest event about this subject. */
  newestPayload(tenantId: string, subject: EventSubject): Promise<string | null>
  /** As `list`, each event with the state of its deliveries as a whole. */
  listProgress(
    tenantId: string,
    filters: { type?: string; state?: EventState },
    page: PageRequest,
  ): Promise<Page<EventProgress>>
}

/**
 * Of an event's deliveries as a whole: the worst that one of them has come to. `pending` also where there is none.
 */
export type EventState = 'failed' | 'retrying' | 'pending' | 'cancelled' | 'succeeded'

export interface EventProgress extends WebhookEvent {
  state: EventState
  deliveries: number
}

export interface DeliveryFilters {
  status?: DeliveryStatus
  endpointId?: string
  eventId?: string
  eventType?: string
  httpStatus?: number
  errorCode?: AttemptErrorCode
  since?: Date
  until?: Date
}

export type RetryAnswer =
  /** `due` is null where it waits on its own (a paused endpoint) or another call has queued it already */
  | { kind: 'queued'; delivery: Delivery; due: DueDelivery | null }
  | { kind: 'conflict'; reason: 'succeeded' | 'delivering' | 'endpoint_disabled' | 'endpoint_deleted' | 'expired' }
  | { kind: 'unknown' }

/** What was sent in a delivery, and what came back. */
export interface DeliveryHistory {
  event: WebhookEvent
  payload: string
  /** when each attempt was sent, in order */
  attemptedAt: Date[]
  /** to the last attempt */
  response: { status: number; body: string } | null
}

export interface Deliveries {
  get(tenantId: string, id: string): Promise<Delivery | null>
  getByNumber(tenantId: string, number: number): Promise<Delivery | null>
  /**
   * A page by its number (from 1), newest first, for contracts whose lists are numbered; without the system's own
   * events. `count` is exact up to 100,000 and stays there beyond.
   */
  listNumbered(
    tenantId: string,
    page: { number: number; size: number },
  ): Promise<{ data: Delivery[]; count: number; hasMore: boolean }>
  /** By the deliveries' ids. */
  histories(tenantId: string, deliveries: readonly Delivery[]): Promise<Map<string, DeliveryHistory>>
  list(tenantId: string, filters: DeliveryFilters, page: PageRequest): Promise<Page<Delivery>>
  /** The table in docs/api.md for `POST /v1/deliveries/{id}/retry`, in one conditional update. */
  retry(tenantId: string, id: string, options: { mode: RetryMode; force: boolean }): Promise<RetryAnswer>
  /** No further attempts: what waits is cancelled, and what is being sent when its attempt has failed. */
  cancel(tenantId: string, id: string): Promise<CancelAnswer>
}

export type CancelAnswer =
  | { kind: 'cancelled'; delivery: Delivery }
  | { kind: 'conflict'; status: 'succeeded' | 'failed' | 'cancelled' }
  | { kind: 'unknown' }

/** The endpoint that a filter names can't be sent to. */
export type BulkRefusal =
  { kind: 'unknown_endpoint' } | { kind: 'conflict'; reason: 'endpoint_disabled' | 'endpoint_deleted' }

/** Retries of many deliveries: written here, carried out by whoever calls `step`. */
export interface BulkRetries {
  /** How many it would be about, now; `more`: at least so many, for counting takes a bounded time. */
  count(
    tenantId: string,
    request: BulkRetryRequest,
  ): Promise<{ kind: 'counted'; matched: number; more: boolean } | BulkRefusal>
  /** `running`: one for the same filter, which this would meet. */
  start(
    tenantId: string,
    request: BulkRetryRequest,
  ): Promise<{ kind: 'started' | 'running'; retry: BulkRetry } | BulkRefusal>
  get(tenantId: string, id: string): Promise<BulkRetry | null>
  list(tenantId: string, page: PageRequest): Promise<Page<BulkRetry>>
  /** What has been queued by then goes out. `finished`: it was at its end already. */
  cancel(tenantId: string, id: string): Promise<{ kind: 'cancelled' | 'finished'; retry: BulkRetry } | null>
  /**
   * Takes the next batch of the one whose turn it is: its deliveries queued and its cursor moved on in one transaction,
   * so that each is queued once, whoever dies. null: none is running, or others are at all of them.
   */
  step(limit: number): Promise<BulkStep | null>
}

export interface BulkStep {
  retry: BulkRetry
  /** what the queue is to bring; if that does not happen, the reconciler does */
  due: DueDelivery[]
}

export interface Attempts {
  /** Those of all deliveries of an event, newest first. */
  listOfEvent(tenantId: string, eventId: string, page: PageRequest): Promise<Page<Attempt & { endpointId: string }>>
  get(tenantId: string, id: string): Promise<Attempt | null>
  /** newest first */
  list(tenantId: string, deliveryId: string, page: PageRequest): Promise<Page<Attempt> | null>
}

/** How much tenants may publish, counted over all ingresses. */
export interface Ingest {
  /** Takes tokens, as many as there are. For each tenant how many were granted, and how many are left. */
  take(
    wanted: readonly { tenantId: string; count: number }[],
    perSecond: number,
  ): Promise<Map<string, { granted: number; remaining: number }>>
}

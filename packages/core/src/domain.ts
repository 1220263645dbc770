/** The nouns of the domain, as they are passed between ledger, queue, worker and API. Times are `Date`, ids UUIDv7. */
import type { RetryPolicy } from './retry-policy.ts'
import type { EventFilter } from './filter.ts'

export interface Tenant {
  id: string
  number: number
  name: string
  slug: string
  createdAt: Date
  updatedAt: Date
}

export const SCOPES = [
  'events:write',
  'events:read',
  'endpoints:read',
  'endpoints:write',
  'secrets:read',
  'deliveries:read',
  'deliveries:retry',
  'operator',
] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey {
  id: string
  tenantId: string
  name: string
  scopes: Scope[]
  createdAt: Date
  expiresAt: Date | null
  revokedAt: Date | null
  lastUsedAt: Date | null
}

export const ENDPOINT_STATUSES = ['active', 'paused', 'disabled'] as const
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number]

export const BODY_FORMATS = ['raw', 'standard', 'akinon', 'cloudevents'] as const
export type BodyFormat = (typeof BODY_FORMATS)[number]

export type SignatureScheme =
  | { scheme: 'standard' }
  | {
      scheme: 'hmac'
      algorithm: 'sha1' | 'sha256' | 'sha512'
      encoding: 'hex' | 'base64'
      header: string
      prefix: string
      includeTimestamp: boolean
    }

/** A header that the owner adds to each request. A sensitive value is sealed at rest and never shown again. */
export interface EndpointHeader {
  value: string
  sensitive: boolean
}

/** How a header is changed: null keeps the sensitive value that is there, which nobody can read to send it back. */
export type HeaderChange = EndpointHeader | { value: null; sensitive: true }

export interface RateLimit {
  limit: number
  perSeconds: number
}

export type HealthState = 'ok' | 'failing' | 'open'

export interface EndpointHealth {
  state: HealthState
  since: Date | null
  consecutiveFailures: number
  nextProbeAt: Date | null
}

/** What an owner decides about an endpoint, with defaults filled in. */
export interface EndpointSettings {
  url: string
  description: string
  metadata: Record<string, string>
  eventTypes: string[]
  channels: string[]
  filter: EventFilter | null
  signature: SignatureScheme
  bodyFormat: BodyFormat
  headers: Record<string, EndpointHeader>
  /** null: the installation's default policy */
  retryPolicy: RetryPolicy | null
  timeoutSeconds: number
  rateLimit: RateLimit | null
  maxConcurrency: number | null
  ordering: 'none' | 'fifo'
  disableAfterSeconds: number | null
  callbackUrl: string | null
}

export interface Endpoint extends EndpointSettings {
  id: string
  number: number
  tenantId: string
  status: EndpointStatus
  disabledReason: string | null
  disabledAt: Date | null
  health: EndpointHealth
  createdAt: Date
  updatedAt: Date
}

/** Secrets of one endpoint that sign at the same time. */
export const MAX_LIVE_SECRETS = 5

/** A signing secret that still signs: `expiresAt` is set once it has been rotated out. Newest first wherever listed. */
export interface LiveSecret {
  secret: string
  expiresAt: Date | null
}

export const EVENT_STATUSES = ['scheduled', 'pending', 'dispatched'] as const
export type EventStatus = (typeof EVENT_STATUSES)[number]

export interface EventSubject {
  type: string
  id: string
}

export interface WebhookEvent {
  id: string
  tenantId: string
  type: string
  channel: string | null
  subject: EventSubject | null
  metadata: Record<string, string>
  idempotencyKey: string | null
  sourceEventId: string | null
  /** sent to this endpoint only, subscribed or not */
  endpointId: string | null
  createdAt: Date
  deliverAt: Date | null
  expiresAt: Date | null
  status: EventStatus
}

export const DELIVERY_STATUSES = ['pending', 'delivering', 'retrying', 'succeeded', 'failed', 'cancelled'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** What went wrong with one HTTP request. */
export const ATTEMPT_ERROR_CODES = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'reset',
  'blocked_address',
  'protocol',
  'http_status',
  'interrupted',
  'internal',
] as const
export type AttemptErrorCode = (typeof ATTEMPT_ERROR_CODES)[number]

/** Why a delivery ended without success. */
export type FailureCode = AttemptErrorCode | 'expired' | 'endpoint_disabled' | 'endpoint_deleted'

export interface Failure {
  code: FailureCode
  message: string
}

export const TRIGGERS = ['automatic', 'manual', 'bulk', 'recovery'] as const
export type Trigger = (typeof TRIGGERS)[number]

/** `policy`: failures go on by the retry policy. `once`: one attempt and no more. */
export type RetryMode = 'policy' | 'once'

/** What deliveries a bulk retry can be about: those that are not being sent at this moment. */
export const RETRYABLE_STATUSES = ['failed', 'cancelled', 'succeeded', 'pending', 'retrying'] as const
export type RetryableStatus = (typeof RETRYABLE_STATUSES)[number]

/** Which deliveries a bulk retry is about; null: any. `since` inclusive, `until` exclusive, by when they were made. */
export interface BulkRetryFilter {
  status: RetryableStatus
  endpointId: string | null
  eventType: string | null
  since: Date | null
  until: Date | null
  errorCode: FailureCode | null
}

export interface BulkRetryRequest {
  filter: BulkRetryFilter
  mode: RetryMode
  /** about past events that the filter's endpoint never got, instead of deliveries */
  onlyMissing: boolean
}

export const BULK_RETRY_STATUSES = ['running', 'completed', 'cancelled'] as const
export type BulkRetryStatus = (typeof BULK_RETRY_STATUSES)[number]

export interface BulkRetry extends BulkRetryRequest {
  id: string
  tenantId: string
  status: BulkRetryStatus
  /** counted when it was asked for */
  matched: number
  queued: number
  /** could not be queued any more: retried by others, expired, or their endpoint is disabled or deleted */
  skipped: number
  createdAt: Date
  completedAt: Date | null
}

export interface Delivery {
  id: string
  number: number
  tenantId: string
  eventId: string
  eventType: string
  endpointId: string
  url: string
  status: DeliveryStatus
  /** attempts recorded, interrupted ones included */
  attemptCount: number
  /** attempts that the current run of the retry policy has used up */
  policyAttempts: number
  maxAttempts: number
  nextAttemptAt: Date | null
  failure: Failure | null
  lastAttempt: AttemptSummary | null
  createdAt: Date
  updatedAt: Date
  completedAt: Date | null
}

export interface AttemptSummary {
  id: string
  number: number
  startedAt: Date
  durationMs: number
  status: number | null
  error: { code: AttemptErrorCode; message: string } | null
}

/** Milliseconds of each phase, null where the request did not get that far (or reused a connection). */
export interface Timings {
  dns: number | null
  connect: number | null
  tls: number | null
  firstByte: number | null
  total: number
}

export interface Attempt {
  id: string
  deliveryId: string
  tenantId: string
  number: number
  trigger: Trigger
  startedAt: Date
  durationMs: number
  timings: Timings
  request: { method: string; url: string; headers: Record<string, string> }
  response: { status: number; headers: Record<string, string>; body: string; bodyTruncated: boolean } | null
  outcome: 'succeeded' | 'failed'
  error: { code: AttemptErrorCode; message: string } | null
  /** what was decided next, in a sentence */
  decision: string
  nextAttemptAt: Date | null
}

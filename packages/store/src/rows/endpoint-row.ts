import type {
  BodyFormat,
  Endpoint,
  EndpointHeader,
  EndpointHealth,
  EndpointSettings,
  EndpointStatus,
  EventFilter,
  HeaderChange,
  RateLimit,
  RetryPolicy,
  Sealer,
  SignatureScheme,
} from '@redrive/core'
import type { Endpoint as EndpointRow, EndpointHealth as StoredHealth, Prisma } from '../generated/client.ts'

/** Stands for a sensitive header's value wherever an endpoint is shown. */
const REDACTED = '[redacted]'

type Headers = Record<string, EndpointHeader>

/** What an endpoint's secrets are sealed for: one that is moved to another row can't be opened. */
export function sealedFor(tenantId: string, endpointId: string): string {
  return `${tenantId}/${endpointId}`
}

/**
 * An endpoint's settings as its row holds them: sensitive header values are still sealed. Whoever shows them goes on
 * with `redactHeaders`, whoever sends with `openHeaders`.
 */
export function toSettings(row: Omit<EndpointRow, 'number'>): EndpointSettings {
  // JSON columns are written by the endpoints repository alone, from values of these types
  return {
    url: row.url,
    description: row.description,
    metadata: row.metadata as Record<string, string>,
    eventTypes: row.eventTypes,
    channels: row.channels,
    filter: row.filter as EventFilter | null,
    signature: row.signature as SignatureScheme,
    bodyFormat: row.bodyFormat as BodyFormat,
    headers: storedHeaders(row.headers),
    retryPolicy: row.retryPolicy as RetryPolicy | null,
    timeoutSeconds: row.timeoutSeconds,
    rateLimit: row.rateLimit as RateLimit | null,
    maxConcurrency: row.maxConcurrency,
    ordering: row.ordering as EndpointSettings['ordering'],
    disableAfterSeconds: row.disableAfterSeconds,
    callbackUrl: row.callbackUrl,
  }
}

/** An endpoint as it is shown. */
export function toEndpoint(row: EndpointRow, health: HealthRow | null): Endpoint {
  const settings = toSettings(row)
  return {
    ...settings,
    headers: mapSensitive(settings.headers, () => REDACTED),
    id: row.id,
    number: Number(row.number),
    tenantId: row.tenantId,
    // a check of the table
    status: row.status as EndpointStatus,
    disabledReason: row.disabledReason,
    disabledAt: row.disabledAt,
    health: toHealth(health),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

export type HealthRow = Pick<
  StoredHealth,
  'breakerState' | 'failingSince' | 'openedAt' | 'consecutiveFailures' | 'nextProbeAt'
>

/** Health as owners see it; an endpoint that never failed has no row. */
export function toHealth(row: HealthRow | null): EndpointHealth {
  if (!row || (row.breakerState === 'closed' && row.consecutiveFailures === 0)) {
    return { state: 'ok', since: null, consecutiveFailures: 0, nextProbeAt: null }
  }
  const { failingSince, openedAt, consecutiveFailures } = row
  return row.breakerState === 'closed'
    ? { state: 'failing', since: failingSince, consecutiveFailures, nextProbeAt: null }
    : { state: 'open', since: failingSince ?? openedAt, consecutiveFailures, nextProbeAt: row.nextProbeAt }
}

/** Headers with their sensitive values opened, for sending. */
export function openHeaders(headers: Headers, sealer: Sealer, boundTo: string): Headers {
  return mapSensitive(headers, (sealed) => sealer.open(sealed, boundTo))
}

/**
 * Headers with their sensitive values sealed, for storing. A null value, which is how a sensitive header is shown, keeps
 * what `previous` holds under that name; where it holds nothing sensitive, there is nothing to keep.
 */
export function sealHeaders(
  headers: Record<string, HeaderChange>,
  sealer: Sealer,
  boundTo: string,
  previous: Headers = {},
): Headers {
  const sealed: Headers = {}
  for (const [name, { value, sensitive }] of Object.entries(headers)) {
    const kept = previous[name]
    if (value !== null) sealed[name] = { value: sensitive ? sealer.seal(value, boundTo) : value, sensitive }
    else if (kept?.sensitive) sealed[name] = kept
  }
  return sealed
}

/** Headers whose sensitive values are all sealed under the current key, or that they are already. */
export function resealHeaders(headers: Headers, sealer: Sealer, boundTo: string): Headers | 'current' {
  const isCurrent = Object.values(headers).every((header) => !header.sensitive || sealer.isCurrent(header.value))
  return isCurrent ? 'current' : sealHeaders(openHeaders(headers, sealer, boundTo), sealer, boundTo)
}

export function storedHeaders(json: Prisma.JsonValue): Headers {
  // written by `sealHeaders` alone
  return json as unknown as Headers
}

function mapSensitive(headers: Headers, map: (value: string) => string): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, header]) => [
      name,
      header.sensitive ? { value: map(header.value), sensitive: true } : header,
    ]),
  )
}

import type { ApiKey, Attempt, BulkRetry, Delivery, Endpoint, RetryPolicy, WebhookEvent } from '@redrive/core'

/** The domain's nouns as the native API shows them. Dates become ISO 8601 when they are rendered. */

export function apiKeyView(key: ApiKey) {
  const { id, tenantId, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = key
  return { id, tenantId, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt }
}

/** Shows the policy that applies, and of a sensitive header only that it is there. */
export function endpointView(endpoint: Endpoint, defaultPolicy: RetryPolicy) {
  const headers = Object.entries(endpoint.headers).map(([name, header]) => [
    name,
    header.sensitive ? { value: null, sensitive: true } : header.value,
  ])
  return {
    ...endpoint,
    headers: Object.fromEntries(headers) as Record<string, unknown>,
    retryPolicy: endpoint.retryPolicy ?? defaultPolicy,
  }
}

export function eventView(event: WebhookEvent) {
  const { id, tenantId, type, channel, subject, metadata, idempotencyKey, sourceEventId } = event
  const { createdAt, deliverAt, expiresAt, status } = event
  return {
    id,
    tenantId,
    type,
    channel,
    subject,
    metadata,
    idempotencyKey,
    sourceEventId,
    createdAt,
    deliverAt,
    expiresAt,
    status,
  }
}

export function deliveryView(delivery: Delivery) {
  const { id, number, eventId, eventType, endpointId, url, status, attemptCount, maxAttempts } = delivery
  const { nextAttemptAt, failure, lastAttempt, createdAt, updatedAt, completedAt } = delivery
  return {
    id,
    number,
    eventId,
    eventType,
    endpointId,
    url,
    status,
    attemptCount,
    maxAttempts,
    nextAttemptAt,
    failure,
    lastAttempt,
    createdAt,
    updatedAt,
    completedAt,
  }
}

/** What is missing has no status: the filter of such a bulk retry shows none. */
export function bulkRetryView(retry: BulkRetry) {
  const { id, status, filter, mode, onlyMissing, matched, queued, skipped, createdAt, completedAt } = retry
  return {
    id,
    status,
    filter: { ...filter, status: onlyMissing ? null : filter.status },
    mode,
    onlyMissing,
    matched,
    queued,
    skipped,
    createdAt,
    completedAt,
  }
}

export function attemptView(attempt: Attempt) {
  const { id, deliveryId, number, trigger, startedAt, durationMs, timings, request, response } = attempt
  const { outcome, error, decision, nextAttemptAt } = attempt
  return {
    id,
    deliveryId,
    number,
    trigger,
    startedAt,
    durationMs,
    timings,
    request,
    response,
    outcome,
    error,
    decision,
    nextAttemptAt,
  }
}

import {
  type Delivery,
  type DeliveryStatus,
  type Endpoint,
  envelope,
  redactOwnHeaders,
  type WebhookEvent,
} from '@redrive/core'
import type { Store } from '@redrive/store'

/** A delivery in this contract's words, as JSON text: the body that is sent stands in it byte for byte. */
export async function renderDelivery(
  store: Pick<Store, 'endpoints' | 'events' | 'attempts'>,
  delivery: Delivery,
): Promise<string> {
  const { tenantId, lastAttempt } = delivery
  const [endpoint, stored, last] = await Promise.all([
    store.endpoints.get(tenantId, delivery.endpointId),
    store.events.getWithPayload(tenantId, delivery.eventId),
    lastAttempt === null ? null : store.attempts.get(tenantId, lastAttempt.id),
  ])
  if (endpoint === null || stored === null)
    throw new Error('a delivery that was just queued has lost what it belongs to')
  const { event, payload } = stored
  const { body, contentType } = envelope(endpoint.bodyFormat, { ...event, payload })
  const members = {
    id: delivery.id,
    organizationId: tenantId,
    url: delivery.url,
    method: 'POST',
    status: statusWord(delivery.status, delivery.attemptCount),
    requestHeaders: last?.request.headers ?? headersToCome(delivery, event, endpoint, contentType),
    responseStatus: last?.response?.status ?? null,
    responseHeaders: last?.response?.headers ?? null,
    responseBody: last?.response?.body ?? null,
    durationMs: last?.durationMs ?? null,
    errorMessage: last?.error?.message ?? null,
    retryCount: Math.max(0, delivery.attemptCount - 1),
    maxRetries: delivery.maxAttempts - 1,
    nextRetryAt: delivery.nextAttemptAt,
    createdAt: delivery.createdAt,
    updatedAt: delivery.updatedAt,
    runId: event.metadata['runId'] ?? null,
    nodeId: event.metadata['nodeId'] ?? null,
    workflowId: event.metadata['workflowId'] ?? null,
  }
  return `${JSON.stringify(members).slice(0, -1)},"requestBody":${body}}`
}

/** The table of status words in the contracts' README. */
function statusWord(status: DeliveryStatus, attempts: number): 'pending' | 'retrying' | 'success' | 'failure' {
  switch (status) {
    case 'pending':
    case 'delivering':
      return attempts === 0 ? 'pending' : 'retrying'
    case 'retrying':
      return 'retrying'
    case 'succeeded':
      return 'success'
    case 'failed':
    case 'cancelled':
      return 'failure'
  }
}

/** What is known of the headers before a first attempt: those of the signature depend on its time. */
function headersToCome(
  delivery: Delivery,
  event: WebhookEvent,
  endpoint: Endpoint,
  contentType: string,
): Record<string, string> {
  return {
    ...redactOwnHeaders(endpoint.headers),
    'content-type': contentType,
    'webhook-id': event.id,
    'redrive-delivery-id': delivery.id,
    'redrive-event-type': event.type,
  }
}

import type { Delivery, Endpoint, WebhookEvent } from '@redrive/core'

/**
 * A webhook event as it was when it was made: while this is answered it may have been sent already, and what a caller
 * gets should not depend on who was quicker.
 */
export function renderNewEvent(delivery: Delivery, event: WebhookEvent, endpoint: Endpoint, appId: number) {
  const entity = event.subject?.id ?? null
  return {
    id: delivery.number,
    app_id: appId,
    webhook_id: endpoint.number,
    entity_id: entity !== null && /^-?[0-9]{1,15}$/.test(entity) ? Number(entity) : null,
    entity_external_id: entity,
    status_code: null,
    response: null,
    event_type: event.type,
    remote_endpoint: delivery.url,
    attempts: 0,
    status: 'CREATED',
    date_created: delivery.createdAt,
    date_last_modified: delivery.createdAt,
    date_next_attempt: delivery.createdAt,
  }
}

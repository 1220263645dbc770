import type { EventStatus, WebhookEvent } from '@redrive/core'
import type { Event as EventRow } from '../generated/client.ts'

/** An event without its payload, which is only read where it is wanted. */
export function toEvent(row: Omit<EventRow, 'payload' | 'trace'>): WebhookEvent {
  return {
    id: row.id,
    tenantId: row.tenantId,
    type: row.type,
    channel: row.channel,
    subject: row.subjectType === null || row.subjectId === null ? null : { type: row.subjectType, id: row.subjectId },
    // written by `publish` alone
    metadata: row.metadata as Record<string, string>,
    idempotencyKey: row.idempotencyKey,
    sourceEventId: row.sourceEventId,
    endpointId: row.endpointId,
    createdAt: row.createdAt,
    deliverAt: row.deliverAt,
    expiresAt: row.expiresAt,
    // a check of the table
    status: row.status as EventStatus,
  }
}

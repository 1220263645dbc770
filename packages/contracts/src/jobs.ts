import { z } from 'zod'

/**
 * The jobs that pass through the queue: a versioned contract between whoever enqueues and whoever processes, which may
 * be of different releases. Payloads are hints, ids only; fields that come later are optional while old jobs are in
 * flight. Parsed when enqueued and when processed.
 */
export const QUEUES = ['publish', 'publish-slow', 'deliver', 'deliver-slow', 'retry'] as const
export type QueueName = (typeof QUEUES)[number]

/** In the slow lanes, whose crowds it is part of: ids of endpoints and tenants, or keys of event types. */
const crowds = z.array(z.string()).optional()

const publishHint = z.object({ v: z.literal(1), eventIds: z.array(z.uuid()).min(1).max(1000), crowds })

const deliveryHint = z.object({
  v: z.literal(1),
  deliveryId: z.uuid(),
  round: z.int().min(0),
  tenantId: z.uuid(),
  endpointId: z.uuid(),
  /** for people who look at the queue */
  eventType: z.string().max(128),
  crowds,
})

/**
 * name → the payload's schema. `publish` carries some events that were committed. The slow lanes carry what crowds the others: floods,
 * and what exceeds an endpoint's share.
 */
export const JOBS = {
  publish: publishHint,
  'publish-slow': publishHint,
  deliver: deliveryHint,
  'deliver-slow': deliveryHint,
  retry: deliveryHint,
} as const satisfies Record<QueueName, z.ZodType>

/** Each queue carries one kind of job, of the queue's name. */
export type JobName = QueueName
export type JobPayload<N extends JobName> = z.infer<(typeof JOBS)[N]>

/** The id of the job that brings a delivery in this round. BullMQ refuses `:` and bare integers. */
export function deliveryJobId(deliveryId: string, round: number): string {
  return `dlv_${deliveryId}-${String(round)}`
}

/** The id of the job that fans out some events, named after the first. */
export function publishJobId(firstEventId: string): string {
  return `evt_${firstEventId}`
}

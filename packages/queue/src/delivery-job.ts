import { deliveryJobId, type JobPayload } from '@redrive/contracts'
import type { Trigger } from '@redrive/core'
import type { NewJob } from './types.ts'

/** What the ledger says of a delivery that wants a job. */
export interface DueHint {
  deliveryId: string
  round: number
  tenantId: string
  endpointId: string
  eventType: string
  trigger: Trigger
  /** so long it waits from now on, where a person asks for it */
  waitMs?: number
}

/** Who asked for it decides the lane, so that neither people nor bulk work wait behind fresh events, or these behind them. */
const LANES: Readonly<Record<Trigger, 'deliver' | 'retry'>> = {
  automatic: 'deliver',
  recovery: 'deliver',
  manual: 'retry',
  bulk: 'retry',
}

/** The job that brings a delivery in its present round. */
export function deliveryJob({ trigger, ...hint }: DueHint): NewJob {
  const { deliveryId, round, tenantId, endpointId, eventType } = hint
  return {
    name: LANES[trigger],
    id: deliveryJobId(deliveryId, round),
    payload: { v: 1, deliveryId, round, tenantId, endpointId, eventType },
  }
}

/** The job of a retry that a person has just asked for. */
export function retryJob(due: DueHint): NewJob {
  return { ...deliveryJob(due), delayMs: due.waitMs ?? 0 }
}

/**
 * The same job in the lane of those who crowd the others; who asked for a retry by hand has a lane of their own already.
 * `crowds`: whose it is part of, as far as that is known, so that who works on it spares none of them.
 */
export function slowed(job: NewJob, priority: number, crowds: readonly string[] = []): NewJob {
  const known = crowds.length > 0 && { crowds: [...crowds] }
  switch (job.name) {
    case 'publish':
      return { ...job, name: 'publish-slow', payload: { ...job.payload, ...known }, priority }
    case 'deliver':
      return { ...job, name: 'deliver-slow', payload: { ...job.payload, ...known }, priority }
    default:
      return { ...job, priority }
  }
}

/** The job that brings it by the lane for those who hold their share of the others already. */
export function slowDeliveryJob(payload: JobPayload<'deliver'>, priority: number): NewJob {
  return { name: 'deliver-slow', id: deliveryJobId(payload.deliveryId, payload.round), payload, priority }
}

import type { Delivery } from '@redrive/core'
import { deliveryJob, retryJob } from '@redrive/queue'
import type { Ledger, Store } from '@redrive/store'
import type { Hurry } from './hurry.ts'

/** For contracts whose answer to publishing says what becomes of the event. */
export interface DispatchService {
  /** Makes the event's deliveries now, unless that is done already, and answers with all of them, newest first. */
  dispatch(tenantId: string, eventId: string): Promise<Delivery[]>
  /** Every delivery that the event has, newest first. */
  deliveriesOf(tenantId: string, eventId: string): Promise<Delivery[]>
  /** Queues every delivery that the event has again, whatever has become of it. */
  retryDeliveries(tenantId: string, eventId: string): Promise<void>
}

const PAGE = 250

export function createDispatchService(deps: {
  store: Pick<Store, 'deliveries'> & { ledger: Pick<Ledger, 'fanOut'> }
  hurry: Hurry
}): DispatchService {
  const { store, hurry } = deps

  async function deliveriesOf(tenantId: string, eventId: string): Promise<Delivery[]> {
    const all: Delivery[] = []
    for (;;) {
      const last = all.at(-1)
      const page = await store.deliveries.list(
        tenantId,
        { eventId },
        { limit: PAGE, ...(last && { olderThan: last.id }) },
      )
      all.push(...page.data)
      if (!page.hasOlder) return all
    }
  }

  return {
    deliveriesOf,
    async dispatch(tenantId, eventId) {
      // as the publish job does, which finds them made: one delivery for each event and endpoint, whoever comes first
      const due = await store.ledger.fanOut([eventId])
      const made = await deliveriesOf(tenantId, eventId)
      hurry.enqueue(due.map(deliveryJob))
      return made
    },
    async retryDeliveries(tenantId, eventId) {
      for (const { id } of await deliveriesOf(tenantId, eventId)) {
        const answer = await store.deliveries.retry(tenantId, id, { mode: 'policy', force: true })
        if (answer.kind === 'queued' && answer.due !== null) hurry.enqueue([retryJob(answer.due)])
      }
    },
  }
}

import type { RetryMode } from '@redrive/core'
import { retryJob } from '@redrive/queue'
import type { RetryAnswer, Store } from '@redrive/store'
import type { Hurry } from './hurry.ts'

/** What can be done to deliveries. */
export interface DeliveryService {
  /** The table for a manual retry in docs/api.md. Committed when it resolves; the job follows by itself. */
  retry(tenantId: string, id: string, options: { mode: RetryMode; force: boolean }): Promise<RetryAnswer>
}

export function createDeliveryService({
  store,
  hurry,
}: {
  store: Pick<Store, 'deliveries'>
  hurry: Hurry
}): DeliveryService {
  return {
    async retry(tenantId, id, options) {
      const answer = await store.deliveries.retry(tenantId, id, options)
      if (answer.kind === 'queued' && answer.due !== null) hurry.enqueue([retryJob(answer.due)])
      return answer
    },
  }
}

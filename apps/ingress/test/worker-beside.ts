import { DEFAULT_RETRY_POLICY, systemClock } from '@redrive/core'
import { createAddressPolicy, createSender } from '@redrive/delivery'
import { createMetrics } from '@redrive/runtime'
import { note } from '@redrive/testkit/run-record'
import { createWorkerMetrics } from '../../worker/src/metrics.ts'
import { createWorker } from '../../worker/src/worker.ts'
import type { TestIngress } from './harness.ts'

/** A worker beside the ingress, on its store and queue, that may send to 127.0.0.1 and nowhere else that is private. */
export function startWorkerBeside(server: TestIngress) {
  const metrics = createMetrics({ processMetrics: false })
  const sender = createSender({
    addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.1/32'] }),
    maxSocketsPerOrigin: 8,
  })
  const worker = createWorker({
    ledger: server.store.ledger,
    bulkRetries: server.store.bulkRetries,
    queue: server.queue,
    producer: server.producer,
    sender,
    concurrency: 8,
    defaultRetryPolicy: DEFAULT_RETRY_POLICY,
    version: '0.0.0-test',
    clock: systemClock,
    random: () => 0.5,
    metrics: createWorkerMetrics(metrics),
    log: server.log,
  })
  return {
    metrics,
    async close() {
      note('metrics', await metrics.render())
      await worker.close(1_000)
      await sender.close()
    },
  }
}

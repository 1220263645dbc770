import { randomUUID } from 'node:crypto'
import { deliveryJobId, type QueueName } from '@redrive/contracts'
import { type LogFields, type Log, silentLog } from '@redrive/runtime'
import { connect, openQueue, type JobQueue } from '../src/link.ts'
import type { NewJob, QueueBackend } from '../src/index.ts'

export interface Line {
  level: string
  message: string
  fields: LogFields
}

export function recordingLog(): { log: Log; lines: Line[] } {
  const lines: Line[] = []
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  const log: Log = {
    ...silentLog,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  }
  return { log, lines }
}

type DeliveryJob = Extract<NewJob, { name: 'deliver' }>

export function deliverJob(changes: Partial<DeliveryJob> = {}): DeliveryJob {
  const deliveryId = randomUUID()
  return {
    name: 'deliver',
    id: deliveryJobId(deliveryId, 0),
    payload: {
      v: 1,
      deliveryId,
      round: 0,
      tenantId: randomUUID(),
      endpointId: randomUUID(),
      eventType: 'order.shipped',
    },
    ...changes,
  }
}

/** BullMQ itself on the same queue, as another program or a person would use it. */
export function rawQueue(backend: QueueBackend, name: QueueName): { queue: JobQueue; close(): Promise<void> } {
  const link = connect(backend, 'patient', () => undefined)
  const queue = openQueue(link, { name }, () => undefined)
  return {
    queue,
    close: async () => {
      await queue.close()
      await link.close()
    },
  }
}

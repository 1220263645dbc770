import type { Prisma } from '../generated/client.ts'
import type { QueuedRow } from './requeue.ts'

export type Transaction = Prisma.TransactionClient

/** What one batch did: `seen` were looked at, of which `rows` were queued; `cursor` null: there is no more. */
export interface Batch {
  seen: number
  rows: QueuedRow[]
  cursor: string | null
}

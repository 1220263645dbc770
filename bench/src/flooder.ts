import { answerQuestions } from './helper.ts'
import { createProducer } from './producer.ts'

/** The producer of who floods, a process of its own: it shares no event loop with those whose latency is measured. */
export interface Question {
  url: string
  tenantId: string
  /** to each in turn */
  endpointIds: readonly string[]
  count: number
}

answerQuestions(({ url, tenantId, endpointIds, count }: Question) =>
  createProducer(url).flood(tenantId, endpointIds, count),
)

import { publishBatch, publishedBatch, publishEvent, validate } from '@redrive/contracts'
import { elementTexts, memberText } from '@redrive/core'
import { StoreUnavailable } from '@redrive/store'
import { toProblem } from '../http/errors.ts'
import { invalid, type Problem } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import { type Batch, batchOf } from '../services/batch.ts'
import type { PublishService } from '../services/publish.ts'
import { eventInput, refusal } from './event-input.ts'

const BATCH_BYTES = 16 * 1024 * 1024
/** So many entries come at once; what is more comes in portions, so that a large batch does not hold up the callers of single events. */
const FIRST_ENTRIES = 50

/** Each entry stands for itself: a bad one is answered at its place and hinders no other. */
export function eventBatchRoute(deps: { publisher: PublishService; payloadMaxBytes: number }): Route {
  const { publisher, payloadMaxBytes } = deps

  async function publishEntry(tenantId: string, entry: unknown, text: string, batch: Batch): Promise<string> {
    const parsed = validate(publishEvent, entry)
    if (!parsed.ok) throw invalid(parsed.errors)
    const input = eventInput(parsed.value, text, payloadMaxBytes)
    const answer = await publisher.publish(tenantId, input, undefined, batch)
    if (!('event' in answer)) throw refusal(answer)
    return answer.event.id
  }

  return defineRoute({
    method: 'post',
    path: '/v1/events/batch',
    access: 'events:write',
    body: publishBatch,
    bodyLimit: BATCH_BYTES + payloadMaxBytes,
    status: 202,
    response: publishedBatch,
    summary: 'Publish up to 1,000 events; one result for each, in order',
    tag: 'Events',
    async handle({ body, bodyText }, { tenantId, log }) {
      const list = memberText(bodyText, ['events'])
      const texts = list.kind === 'found' ? elementTexts(list.text) : []
      const batch = batchOf(body.events)
      const results: PromiseSettledResult<string>[] = []
      while (results.length < body.events.length) {
        const from = results.length
        const portion = from === 0 ? FIRST_ENTRIES : await publisher.nextPortion(body.events.length - from)
        const entries = body.events.slice(from, from + portion)
        const published = entries.map((entry, at) => publishEntry(tenantId, entry, texts[from + at] ?? '', batch))
        results.push(...(await Promise.allSettled(published)))
      }
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
      // with the database away there is nothing to say about each: the whole batch is to be tried again
      if (failures.length === results.length && failures.every(isOurs)) throw failures[0]
      const bugs = failures.filter((error) => toProblem(error).status === 500)
      if (bugs.length > 0) log.error('entries of a batch failed', { error: bugs[0], entries: bugs.length })
      return {
        body: {
          data: results.map((result) =>
            result.status === 'fulfilled' ? { id: result.value } : { error: entryError(toProblem(result.reason)) },
          ),
        },
      }
    },
  })
}

function isOurs(error: unknown): boolean {
  return error instanceof StoreUnavailable || toProblem(error).status === 503
}

function entryError({ status, detail, errors }: Problem) {
  return errors === null ? { status, detail } : { status, detail, errors }
}

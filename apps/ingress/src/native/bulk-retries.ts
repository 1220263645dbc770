import {
  bulkRetry,
  bulkRetryPage,
  bulkRetryRequest,
  pageQuery,
  recoverEndpoint,
  startBulkRetry,
  startedBulkRetry,
} from '@redrive/contracts'
import type { BulkRetry, BulkRetryRequest } from '@redrive/core'
import type { BulkRefusal, Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { notFound, Problem } from '../http/problem.ts'
import { defineRoute, type Reply, type Route } from '../http/route.ts'
import { bulkRetryView } from './views.ts'

const LIST = 'retries'
const tag = 'Replay'

/** Retries of many deliveries at once. The workers carry them out; here they are only written down. */
export function bulkRetryRoutes({ store }: { store: Pick<Store, 'bulkRetries'> }): Route[] {
  async function start(tenantId: string, request: BulkRetryRequest): Promise<BulkRetry> {
    const answer = await store.bulkRetries.start(tenantId, request)
    switch (answer.kind) {
      case 'started':
        return answer.retry
      case 'running':
        throw new Problem(409, `A bulk retry with this filter is running already: ${answer.retry.id}`, {
          headers: { location: locationOf(answer.retry) },
        })
      case 'unknown_endpoint':
      case 'conflict':
        throw refusal(answer)
    }
  }

  return [
    defineRoute({
      method: 'post',
      path: '/v1/retries',
      access: 'deliveries:retry',
      body: startBulkRetry,
      status: 202,
      alsoStatus: 200,
      response: startedBulkRetry,
      summary: 'Send all deliveries again that a filter matches; answers 200 with their number if it is a dry run',
      tag,
      notes: { conflict: 'A bulk retry with this filter is running already' },
      async handle({ body }, { tenantId, note }): Promise<Reply> {
        const request = bulkRetryRequest(body)
        if (body.dryRun) {
          const answer = await store.bulkRetries.count(tenantId, request)
          if (answer.kind !== 'counted') throw refusal(answer)
          const { matched, more } = answer
          return { body: { matched, ...(more && { more }) }, status: 200 }
        }
        const retry = await start(tenantId, request)
        note({ bulkRetryId: retry.id })
        return { body: bulkRetryView(retry), headers: { location: locationOf(retry) } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/retries',
      access: 'deliveries:read',
      query: pageQuery,
      status: 200,
      response: bulkRetryPage,
      summary: 'List bulk retries',
      tag,
      async handle({ query }, { tenantId }) {
        const page = await store.bulkRetries.list(tenantId, pageRequest(LIST, query))
        return { body: renderPage(LIST, page, bulkRetryView) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/retries/{id}',
      access: 'deliveries:read',
      status: 200,
      response: bulkRetry,
      summary: 'Show how far a bulk retry is',
      tag,
      async handle({ ids }, { tenantId }) {
        const found = await store.bulkRetries.get(tenantId, ids.id)
        if (found === null) throw notFound('bulk retry')
        return { body: bulkRetryView(found) }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/retries/{id}/cancel',
      access: 'deliveries:retry',
      status: 200,
      response: bulkRetry,
      summary: 'Stop a bulk retry; what it has queued goes out',
      tag,
      notes: { conflict: 'It is finished already' },
      async handle({ ids }, { tenantId }) {
        const answer = await store.bulkRetries.cancel(tenantId, ids.id)
        if (answer === null) throw notFound('bulk retry')
        if (answer.kind === 'finished') throw new Problem(409, `The bulk retry is ${answer.retry.status} already`)
        return { body: bulkRetryView(answer.retry) }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/recover',
      access: 'deliveries:retry',
      body: recoverEndpoint,
      status: 202,
      response: bulkRetry,
      summary: 'Send everything again that failed at an endpoint in a period: a bulk retry in short',
      tag,
      notes: { conflict: 'A bulk retry with this filter is running already' },
      async handle({ ids, body: { since, until = null } }, { tenantId, note }) {
        const filter = { status: 'failed', endpointId: ids.id, since, until, eventType: null, errorCode: null } as const
        const retry = await start(tenantId, { filter, mode: 'policy', onlyMissing: false })
        note({ bulkRetryId: retry.id })
        return { body: bulkRetryView(retry), headers: { location: locationOf(retry) } }
      },
    }),
  ]
}

function locationOf(retry: BulkRetry): string {
  return `/v1/retries/${retry.id}`
}

function refusal(answer: BulkRefusal): Problem {
  switch (answer.kind) {
    case 'unknown_endpoint':
      return notFound('endpoint')
    case 'conflict':
      return answer.reason === 'endpoint_disabled'
        ? new Problem(409, 'The endpoint is disabled; enable it first')
        : new Problem(409, 'The endpoint has been deleted')
  }
}

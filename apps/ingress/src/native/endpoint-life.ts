import {
  attempt,
  disableEndpoint,
  endpoint,
  endpointStats,
  rotatedSecret,
  rotateSecret,
  statsQuery,
  testEndpoint,
} from '@redrive/contracts'
import type { Clock, EndpointStatus, RetryPolicy } from '@redrive/core'
import type { Store } from '@redrive/store'
import { invalid, notFound, Problem, unavailable } from '../http/problem.ts'
import { defineRoute, type Reply, type Route } from '../http/route.ts'
import type { EndpointTestService } from '../services/endpoint-test.ts'
import type { EndpointService } from '../services/endpoints.ts'
import { payloadText } from './event-input.ts'
import { attemptView, endpointView } from './views.ts'

const tag = 'Endpoints'
const DAY_MS = 86_400_000
/** What a test may have around its payload. */
const ENVELOPE_BYTES = 4 * 1024

/** What is done to an endpoint in the course of its life. */
export function endpointLifeRoutes(deps: {
  store: Pick<Store, 'endpoints'>
  endpoints: EndpointService
  endpointTests: EndpointTestService
  defaultRetryPolicy: RetryPolicy
  payloadMaxBytes: number
  clock: Clock
}): Route[] {
  const { store, endpoints, endpointTests, payloadMaxBytes } = deps

  async function switchTo(
    tenantId: string,
    id: string,
    change: { to: EndpointStatus; from: readonly EndpointStatus[]; reason?: string },
  ): Promise<Reply> {
    const answer = await store.endpoints.switchStatus(tenantId, id, change)
    if (answer === null) throw notFound('endpoint')
    if ('conflict' in answer) throw new Problem(409, CONFLICTS[answer.conflict])
    return { body: endpointView(answer.endpoint, deps.defaultRetryPolicy) }
  }

  return [
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/pause',
      access: 'endpoints:write',
      status: 200,
      response: endpoint,
      summary: 'Pause an endpoint: its deliveries are kept until it is resumed',
      tag,
      notes: { conflict: 'The endpoint is disabled' },
      handle: ({ ids }, { tenantId }) => switchTo(tenantId, ids.id, { to: 'paused', from: ['active'] }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/resume',
      access: 'endpoints:write',
      status: 200,
      response: endpoint,
      summary: 'Resume a paused endpoint: what was kept goes out, the oldest first',
      tag,
      notes: { conflict: 'The endpoint is disabled' },
      handle: ({ ids }, { tenantId }) => switchTo(tenantId, ids.id, { to: 'active', from: ['paused'] }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/enable',
      access: 'endpoints:write',
      status: 200,
      response: endpoint,
      summary: 'Enable a disabled endpoint; its failures so far are forgotten',
      tag,
      notes: { conflict: 'The endpoint is paused' },
      handle: ({ ids }, { tenantId }) => switchTo(tenantId, ids.id, { to: 'active', from: ['disabled'] }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/disable',
      access: 'endpoints:write',
      body: disableEndpoint,
      status: 200,
      response: endpoint,
      summary: 'Disable an endpoint: it gets no events until it is enabled, and what waits for it fails',
      tag,
      handle: ({ ids, body }, { tenantId }) =>
        switchTo(tenantId, ids.id, { to: 'disabled', from: ['active', 'paused'], ...body }),
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/secret/rotate',
      access: 'endpoints:write',
      body: rotateSecret,
      status: 200,
      response: rotatedSecret,
      summary: 'Give an endpoint a new signing secret; both sign until the grace ends',
      tag,
      notes: { conflict: 'Too many secrets sign already' },
      async handle({ ids, body }, { tenantId }) {
        const rotated = await endpoints.rotateSecret(tenantId, ids.id, body)
        if (rotated === null) throw notFound('endpoint')
        switch (rotated.answer.kind) {
          case 'rotated':
            return { body: { secret: rotated.secret, previousExpiresAt: rotated.answer.previousExpiresAt } }
          case 'too_many':
            throw new Problem(
              409,
              'The endpoint has five secrets that still sign; wait until the grace of one has ended',
            )
          case 'in_use':
            throw invalid([{ pointer: '/secret', detail: 'The endpoint signs with this secret already' }])
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/endpoints/{id}/test',
      access: 'endpoints:write',
      body: testEndpoint,
      bodyLimit: payloadMaxBytes + ENVELOPE_BYTES,
      status: 200,
      response: attempt,
      summary: 'Send a sample event to an endpoint, once, and show the attempt',
      tag,
      notes: { conflict: 'The endpoint is disabled, or is being sent to at this moment' },
      async handle({ ids, body, bodyText }, { tenantId, note }) {
        const payload = body.payload === undefined ? null : payloadText(bodyText, payloadMaxBytes)
        const sample = { payload, ...(body.type !== undefined && { type: body.type }) }
        const answer = await endpointTests.send(tenantId, ids.id, sample)
        switch (answer.kind) {
          case 'attempted':
            note({ deliveryId: answer.attempt.deliveryId })
            return { body: attemptView(answer.attempt) }
          case 'not_yet':
            throw unavailable(`No worker has sent the test yet; it is queued as delivery ${answer.deliveryId}`, 10)
          case 'busy':
            throw unavailable('Too many tests are under way', 10)
          case 'conflict':
            throw new Problem(409, CONFLICTS[answer.status])
          case 'unknown':
            throw notFound('endpoint')
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/endpoints/{id}/stats',
      access: 'endpoints:read',
      query: statsQuery,
      status: 200,
      response: endpointStats,
      summary: 'Count the deliveries of a period (by default the last 24 hours), with success rate and latencies',
      tag,
      async handle({ ids, query }, { tenantId }) {
        const until = query.until ?? new Date(Math.max(deps.clock(), query.since?.getTime() ?? 0))
        const since = query.since ?? new Date(Math.max(0, until.getTime() - DAY_MS))
        const stats = await store.endpoints.stats(tenantId, ids.id, { since, until })
        if (stats === null) throw notFound('endpoint')
        return { body: { since, until, ...stats } }
      },
    }),
  ]
}

/** Why a step is not possible from this status. */
const CONFLICTS: Record<EndpointStatus, string> = {
  active: 'The endpoint is active',
  paused: 'The endpoint is paused; resume it first',
  disabled: 'The endpoint is disabled; enable it first',
}

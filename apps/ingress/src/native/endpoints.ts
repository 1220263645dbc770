import {
  createdEndpoint,
  createEndpoint,
  endpoint,
  endpointPage,
  endpointSecret,
  pageQuery,
  updateEndpoint,
} from '@redrive/contracts'
import type { RetryPolicy } from '@redrive/core'
import type { Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { invalid, notFound } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import type { EndpointService } from '../services/endpoints.ts'
import { endpointView } from './views.ts'

const LIST = 'endpoints'
const tag = 'Endpoints'

export function endpointRoutes(deps: {
  store: Pick<Store, 'endpoints'>
  endpoints: EndpointService
  defaultRetryPolicy: RetryPolicy
}): Route[] {
  const { store, endpoints, defaultRetryPolicy } = deps

  return [
    defineRoute({
      method: 'post',
      path: '/v1/endpoints',
      access: 'endpoints:write',
      body: createEndpoint,
      status: 201,
      response: createdEndpoint,
      summary: 'Create an endpoint; the answer shows its signing secret',
      tag,
      notes: { location: true },
      async handle({ body }, { tenantId, note }) {
        const answer = await endpoints.create(tenantId, body)
        if ('errors' in answer) throw invalid(answer.errors)
        note({ endpointId: answer.endpoint.id })
        return {
          body: { ...endpointView(answer.endpoint, defaultRetryPolicy), secret: answer.secret },
          headers: { location: `/v1/endpoints/${answer.endpoint.id}` },
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/endpoints',
      access: 'endpoints:read',
      query: pageQuery,
      status: 200,
      response: endpointPage,
      summary: 'List endpoints',
      tag,
      async handle({ query }, { tenantId }) {
        const page = await store.endpoints.list(tenantId, pageRequest(LIST, query))
        return { body: renderPage(LIST, page, (row) => endpointView(row, defaultRetryPolicy)) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/endpoints/{id}',
      access: 'endpoints:read',
      status: 200,
      response: endpoint,
      summary: 'Show an endpoint',
      tag,
      async handle({ ids }, { tenantId }) {
        const found = await store.endpoints.get(tenantId, ids.id)
        if (found === null) throw notFound('endpoint')
        return { body: endpointView(found, defaultRetryPolicy) }
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/v1/endpoints/{id}',
      access: 'endpoints:write',
      body: updateEndpoint,
      status: 200,
      response: endpoint,
      summary: 'Change an endpoint; what is left out stays as it is',
      tag,
      async handle({ ids, body }, { tenantId }) {
        const answer = await endpoints.update(tenantId, ids.id, body)
        if (answer === null) throw notFound('endpoint')
        if ('errors' in answer) throw invalid(answer.errors)
        return { body: endpointView(answer.endpoint, defaultRetryPolicy) }
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/endpoints/{id}',
      access: 'endpoints:write',
      status: 204,
      response: null,
      summary: 'Delete an endpoint; what waits for it fails',
      tag,
      async handle({ ids }, { tenantId }) {
        if (!(await store.endpoints.delete(tenantId, ids.id))) throw notFound('endpoint')
        return {}
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/endpoints/{id}/secret',
      access: 'secrets:read',
      status: 200,
      response: endpointSecret,
      summary: 'Show the newest signing secret',
      tag,
      async handle({ ids }, { tenantId }) {
        const secret = await store.endpoints.secret(tenantId, ids.id)
        if (secret === null) throw notFound('endpoint')
        return { body: { secret } }
      },
    }),
  ]
}

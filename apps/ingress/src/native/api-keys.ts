import { apiKeyPage, createApiKey as createApiKeyBody, createdApiKey, pageQuery } from '@redrive/contracts'
import { type Clock, createApiKey, newId } from '@redrive/core'
import type { Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { invalid, notFound } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'
import { apiKeyView } from './views.ts'

const LIST = 'api-keys'
const tag = 'API keys'

export function apiKeyRoutes(deps: { store: Pick<Store, 'tenants' | 'apiKeys'>; clock: Clock }): Route[] {
  const { store, clock } = deps

  async function mustExist(tenantId: string): Promise<void> {
    if ((await store.tenants.get(tenantId)) === null) throw notFound('tenant')
  }

  return [
    defineRoute({
      method: 'post',
      path: '/v1/tenants/{id}/api-keys',
      access: 'operator',
      body: createApiKeyBody,
      status: 201,
      response: createdApiKey,
      summary: 'Create an API key; the only answer that shows it',
      tag,
      async handle({ ids, body }, { note }) {
        const { name, scopes, expiresAt } = body
        if (expiresAt !== null && expiresAt.getTime() <= clock()) {
          throw invalid([{ pointer: '/expiresAt', detail: 'expiresAt is past already' }])
        }
        await mustExist(ids.id)
        const id = newId()
        const { key, hash } = createApiKey(id)
        const row = { id, tenantId: ids.id, name, scopes: [...new Set(scopes)], hash, expiresAt }
        const created = await store.apiKeys.create(row)
        note({ createdApiKeyId: id })
        return { body: { ...apiKeyView(created), key } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/tenants/{id}/api-keys',
      access: 'operator',
      query: pageQuery,
      status: 200,
      response: apiKeyPage,
      summary: 'List API keys, revoked ones included',
      tag,
      async handle({ ids, query }) {
        await mustExist(ids.id)
        const page = await store.apiKeys.list(ids.id, pageRequest(LIST, query))
        return { body: renderPage(LIST, page, apiKeyView) }
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/tenants/{id}/api-keys/{keyId}',
      access: 'operator',
      status: 204,
      response: null,
      summary: 'Revoke an API key; it stops working within seconds',
      tag,
      async handle({ ids }) {
        if (!(await store.apiKeys.revoke(ids.id, ids.keyId))) throw notFound('API key')
        return {}
      },
    }),
  ]
}

import { createTenant, pageQuery, tenant, tenantPage, updateTenant } from '@redrive/contracts'
import type { Store } from '@redrive/store'
import { pageRequest, renderPage } from '../http/cursor.ts'
import { notFound, Problem } from '../http/problem.ts'
import { defineRoute, type Route } from '../http/route.ts'

const LIST = 'tenants'
const tag = 'Tenants'
const SLUG_TAKEN = 'Another tenant has this slug'

export function tenantRoutes({ store }: { store: Pick<Store, 'tenants'> }): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/v1/tenants',
      access: 'operator',
      body: createTenant,
      status: 201,
      response: tenant,
      summary: 'Create a tenant',
      tag,
      notes: { conflict: SLUG_TAKEN, location: true },
      async handle({ body }) {
        const answer = await store.tenants.create(body)
        if ('conflict' in answer) throw slugTaken()
        return { body: answer.tenant, headers: { location: `/v1/tenants/${answer.tenant.id}` } }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/tenants',
      access: 'operator',
      query: pageQuery,
      status: 200,
      response: tenantPage,
      summary: 'List tenants',
      tag,
      async handle({ query }) {
        const page = await store.tenants.list(pageRequest(LIST, query))
        return { body: renderPage(LIST, page, (row) => row) }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/v1/tenants/{id}',
      access: 'operator',
      status: 200,
      response: tenant,
      summary: 'Show a tenant',
      tag,
      async handle({ ids }) {
        const found = await store.tenants.get(ids.id)
        if (found === null) throw notFound('tenant')
        return { body: found }
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/v1/tenants/{id}',
      access: 'operator',
      body: updateTenant,
      status: 200,
      response: tenant,
      summary: 'Rename a tenant',
      tag,
      notes: { conflict: SLUG_TAKEN },
      async handle({ ids, body }) {
        const answer = await store.tenants.update(ids.id, body)
        if (answer === null) throw notFound('tenant')
        if ('conflict' in answer) throw slugTaken()
        return { body: answer.tenant }
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/v1/tenants/{id}',
      access: 'operator',
      status: 204,
      response: null,
      summary: 'Delete a tenant with its keys and endpoints',
      tag,
      async handle({ ids }) {
        if (!(await store.tenants.delete(ids.id))) throw notFound('tenant')
        return {}
      },
    }),
  ]
}

function slugTaken(): Problem {
  return new Problem(409, SLUG_TAKEN, { errors: [{ pointer: '/slug', detail: SLUG_TAKEN }] })
}

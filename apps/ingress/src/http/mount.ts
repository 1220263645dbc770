import type { Express, Request, Response } from 'express'
import { isUuid } from '@redrive/core'
import type { Authenticator } from '../auth/authenticator.ts'
import { ANONYMOUS, hasScope, type Principal } from '../auth/principal.ts'
import { readJson } from './body.ts'
import { exchangeOf } from './exchange.ts'
import { invalid, notFound, Problem } from './problem.ts'
import type { RawInput, Reply, RequestContext, Route } from './route.ts'

/**
 * Puts the routes into the application, each with the same steps: who is it, may they, for which tenant, is the input
 * well formed; then the handler; then its reply as JSON. Other methods on the same paths are answered 405.
 */
export function mountRoutes(app: Express, routes: readonly Route[], authenticator: Authenticator): void {
  for (const route of routes) {
    app[route.method](expressPath(route.path), async (request, response) => {
      sendReply(response, route, await answer(route, request, authenticator))
    })
  }
  for (const [path, samePath] of Map.groupBy(routes, (route) => route.path)) {
    const methods = samePath.map((route) => route.method.toUpperCase())
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    app.all(expressPath(path), (request, response) => {
      exchangeOf(request).route = path
      if (request.method !== 'OPTIONS') {
        throw new Problem(405, `${request.method} is not possible here`, { headers: { allow } })
      }
      response.setHeader('allow', allow)
      response.status(204).end()
    })
  }
}

async function answer(route: Route, request: Request, authenticator: Authenticator): Promise<Reply> {
  const exchange = exchangeOf(request)
  exchange.route = route.path
  const { principal, tenantId } = await admit(route, request, authenticator)
  if (tenantId !== '') exchange.tenantId = tenantId
  if (principal.keyId !== null) exchange.ids['apiKeyId'] = principal.keyId
  const ids = pathIds(request)
  Object.assign(exchange.ids, ids)
  const body = route.body === null ? null : await readJson(request, route.bodyLimit)
  if (route.body !== null && body === null && !route.body.safeParse({}).success) {
    throw new Problem(400, 'The body is missing; it must be a JSON object')
  }
  const raw: RawInput = { ids, query: request.query, body, header: (name) => request.get(name) }
  const prepared = route.prepare(raw)
  if ('errors' in prepared) throw invalid(prepared.errors)
  const { requestId, log } = exchange
  const note = (ids: Record<string, string>): void => {
    Object.assign(exchange.ids, ids)
  }
  const context: RequestContext = { requestId, principal, tenantId, log, note }
  return prepared.run(context)
}

async function admit(
  route: Route,
  request: Request,
  authenticator: Authenticator,
): Promise<{ principal: Principal; tenantId: string }> {
  if (route.access === 'public') return { principal: ANONYMOUS, tenantId: '' }
  const principal = await authenticator.authenticate(request.headers.authorization)
  if (!hasScope(principal, route.access)) throw new Problem(403, `This needs the scope ${route.access}`)
  if (route.access === 'operator') return { principal, tenantId: '' }
  return { principal, tenantId: await authenticator.tenantOf(principal, request.get('redrive-tenant')) }
}

/** Every name in a path is an id. What is no id names nothing: 404, not 422. */
function pathIds(request: Request): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.params)) {
    if (typeof value !== 'string' || !isUuid(value)) throw notFound('thing: the id in the path is malformed')
    ids[name] = value.toLowerCase()
  }
  return ids
}

function sendReply(response: Response, route: Route, reply: Reply): void {
  response.status(route.status)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  if (reply.json === undefined && reply.body === undefined) {
    response.end()
    return
  }
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(reply.json ?? JSON.stringify(reply.body))
}

function expressPath(path: string): string {
  return path.replaceAll('{', ':').replaceAll('}', '')
}

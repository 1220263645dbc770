import type { IRouter, Request, Response } from 'express'
import type { Log } from '@redrive/runtime'
import type { Principal } from '../auth/principal.ts'
import type { JsonBody } from './body.ts'
import { type Exchange, exchangeOf } from './exchange.ts'
import { invalid, overloaded, Problem } from './problem.ts'
import { NO_QUERY, type RawInput, type Reply, type RequestContext, type Route } from './route.ts'

/** How an API lets requests in: where the native one and the foreign contracts differ. Each throws the `Problem` to answer. */
export interface Gate {
  /** Who is it, may they, and for which tenant (empty where the route is about none). */
  admit(route: Route, request: Request): Promise<{ principal: Principal; tenantId: string }>
  /** The values of the names in the path. */
  ids(request: Request): Record<string, string>
  readBody(route: Route, request: Request): Promise<JsonBody | null>
}

/**
 * Puts the routes into the application, each with the same steps: who is it, may they, for which tenant, is the input
 * well formed; then the handler; then its reply as JSON. Other methods on the same paths are answered 405.
 */
export function mountRoutes(app: IRouter, routes: readonly Route[], gate: Gate): void {
  for (const route of routes) {
    app[route.method](expressPath(route.path), async (request, response) => {
      sendReply(response, route, await answer(route, request, response, gate))
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

async function answer(route: Route, request: Request, response: Response, gate: Gate): Promise<Reply> {
  const exchange = exchangeOf(request)
  exchange.route = route.path
  // before anything is known or read of it: what is refused must cost next to nothing
  if (route.body !== null && exchange.isCrowded()) throw await refusal(request, response, exchange)
  const { principal, tenantId } = await gate.admit(route, request)
  if (tenantId !== '') exchange.tenantId = tenantId
  if (principal.keyId !== null) exchange.ids['apiKeyId'] = principal.keyId
  const ids = gate.ids(request)
  Object.assign(exchange.ids, ids)
  const body = await gate.readBody(route, request)
  const query: unknown = request.url.includes('?') ? request.query : NO_QUERY
  const raw: RawInput = { ids, query, body, header: (name) => request.get(name) }
  const prepared = route.prepare(raw)
  if ('errors' in prepared) throw invalid(prepared.errors)
  // from here on, since who is slow to send a body must not take the place of those who have sent theirs
  if (route.body !== null && !exchange.mayBegin()) throw overloaded(exchange.returns.book(request.socket))
  return prepared.run(new Context(request, exchange, principal, tenantId))
}

/** Unread, Node holds so much of a body anyway; of larger ones it would hold more, and not notice that the caller has gone. */
const HELD_BODY_BYTES = 4_096

/** Of who comes again sooner than it was told, not before that time. */
async function refusal({ headers, socket }: Request, response: Response, { returns }: Exchange): Promise<Problem> {
  if (!returns.isEarly(socket)) return overloaded(returns.book(socket))
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > HELD_BODY_BYTES) {
    response.setHeader('connection', 'close')
    return overloaded(returns.book(socket))
  }
  // for the log, should the caller not wait for it
  response.status(503)
  await returns.due(socket)
  return overloaded(returns.book(socket))
}

/** A class for the same reason as the exchange. */
class Context implements RequestContext {
  readonly requestId: string
  readonly principal: Principal
  readonly tenantId: string
  readonly note: RequestContext['note']
  readonly #request: Request
  readonly #exchange: Exchange

  constructor(request: Request, exchange: Exchange, principal: Principal, tenantId: string) {
    this.requestId = exchange.requestId
    this.principal = principal
    this.tenantId = tenantId
    this.note = (ids) => {
      Object.assign(exchange.ids, ids)
    }
    this.#request = request
    this.#exchange = exchange
  }

  get origin(): string {
    return originOf(this.#request)
  }

  get log(): Log {
    return this.#exchange.log
  }
}

/** What would begin another part of a URL, or be left out of it. */
const NO_PART_OF_A_HOST = /[\s/\\?#@]/

/** Express's types do not say it, but there is no `host` where the header is empty, or missing (HTTP/1.0). @throws Problem 400 */
function originOf({ protocol, host = '' }: { protocol: string; host?: string }): string {
  const origin = `${protocol}://${host}`
  if (NO_PART_OF_A_HOST.test(host) || !URL.canParse(origin)) {
    throw new Problem(400, 'The Host header (from a trusted proxy, X-Forwarded-Host) is not a host')
  }
  return origin
}

function sendReply(response: Response, route: Route, reply: Reply): void {
  response.status(reply.status ?? route.status)
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

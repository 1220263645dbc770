import type { IncomingMessage } from 'node:http'
import type { Response } from 'express'
import { newId } from '@redrive/core'
import type { Log } from '@redrive/runtime'
import type { IngressMetrics } from '../operations/metrics.ts'
import type { Budget } from './budget.ts'
import type { Returns } from './returns.ts'

/** What is known about a request while it is answered, and what its line in the log says at the end. */
export interface Exchange {
  requestId: string
  /** made when it is asked for: most requests have nothing to say before their end */
  readonly log: Log
  /** the route's pattern; never the path as it came, which may hold anything */
  route: string | null
  tenantId: string | null
  ids: Record<string, string>
  /** Whether these bytes of the request's body may be kept, until its answer is out. */
  mayKeep(bytes: number): boolean
  /** Whether as many are being worked on as may be at a time. */
  isCrowded(): boolean
  /** Whether this one may be worked on, until its answer is out. */
  mayBegin(): boolean
  readonly returns: Returns
}

/** What all requests have together. */
export interface Budgets {
  bodies: Budget
  requests: Budget
  returns: Returns
}

/** A class, because every request has one: an object with accessors and closures of its own costs several times as much. */
class BegunExchange implements Exchange {
  requestId: string
  route: string | null = null
  tenantId: string | null = null
  ids: Record<string, string> = {}
  readonly #log: Log
  readonly #budgets: Budgets
  #kept = 0
  #begun = 0

  constructor(requestId: string, log: Log, budgets: Budgets) {
    this.requestId = requestId
    this.#log = log
    this.#budgets = budgets
  }

  get log(): Log {
    return this.#log.child({ requestId: this.requestId })
  }

  mayKeep(bytes: number): boolean {
    const may = this.#budgets.bodies.take(bytes)
    if (may) this.#kept += bytes
    return may
  }

  get returns(): Returns {
    return this.#budgets.returns
  }

  isCrowded(): boolean {
    return this.#budgets.requests.isSpent()
  }

  mayBegin(): boolean {
    const may = this.#budgets.requests.take(1)
    if (may) this.#begun += 1
    return may
  }

  giveBack(): void {
    this.#budgets.bodies.giveBack(this.#kept)
    this.#budgets.requests.giveBack(this.#begun)
    this.#kept = 0
    this.#begun = 0
  }
}

/** A member of the request, because every request has one: a WeakMap of them costs several times as much. */
const EXCHANGE = Symbol('exchange')
type Begun = IncomingMessage & { [EXCHANGE]?: Exchange }
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** Begins the exchange: gives it an id (the caller's, if well formed) and writes one line when it is over. */
export function beginExchange(
  request: IncomingMessage,
  response: Response,
  { log, metrics, budgets }: { log: Log; metrics: Pick<IngressMetrics, 'answered'>; budgets: Budgets },
): void {
  const asked = request.headers['x-request-id']
  const requestId = typeof asked === 'string' && REQUEST_ID.test(asked) ? asked : newId()
  const exchange = new BegunExchange(requestId, log, budgets)
  const begun: Begun = request
  begun[EXCHANGE] = exchange
  response.setHeader('x-request-id', exchange.requestId)
  const startedAt = performance.now()
  response.on('close', () => {
    exchange.giveBack()
    const ms = Math.round((performance.now() - startedAt) * 10) / 10
    const { requestId, route, tenantId, ids } = exchange
    metrics.answered({ method: request.method ?? '', route, status: response.statusCode, ms })
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const quiet = route !== null && isRead && QUIET_ROUTES.has(route) && response.statusCode < 400
    log[quiet ? 'debug' : 'info']('request', {
      requestId,
      method: request.method,
      route,
      status: response.statusCode,
      ms,
      ...(tenantId === null ? {} : { tenantId }),
      ...ids,
      ...(response.writableFinished ? {} : { aborted: true }),
    })
  })
}

/** Probes, scrapes and an open Bull Board come every few seconds; their lines are for debugging, unless they fail. */
const QUIET_ROUTES = new Set(['/livez', '/readyz', '/metrics', '/admin'])

export function exchangeOf(request: IncomingMessage): Exchange {
  const { [EXCHANGE]: exchange }: Begun = request
  if (!exchange) throw new Error('the request has no exchange: beginExchange comes first')
  return exchange
}

/** Gives the request another id from here on, for a contract whose ids have a form of their own. */
export function renameExchange(request: IncomingMessage, response: Response, requestId: string): void {
  exchangeOf(request).requestId = requestId
  response.setHeader('x-request-id', requestId)
}

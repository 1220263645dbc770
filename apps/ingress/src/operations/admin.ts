import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { QueueUnavailable } from '@redrive/queue'
import type { Clock } from '@redrive/core'
import type { Authenticator } from '../auth/authenticator.ts'
import { hasScope } from '../auth/principal.ts'
import { exchangeOf } from '../http/exchange.ts'
import { Problem, unavailable } from '../http/problem.ts'
import { LOGIN_PAGE_POLICY, loginPage } from './login-page.ts'
import { createAttemptLimit } from './attempt-limit.ts'
import { createSessions, type Sessions } from './session.ts'

export const BOARD_PATH = '/admin/queues'
const LOGIN_PATH = '/admin/login'

/** From one address; the key itself is too long to be guessed. */
const LOGIN_FAILURES = { max: 10, windowMs: 60_000 }

/** Bull Board's page has inline styles; it would load a font from elsewhere, and does well without. */
const BOARD_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

/**
 * Bull Board for the operator: by the key as bearer, or, for a browser, by a login page and a session cookie. What a
 * cookie vouches for has to come from our own pages, so that no other site can act with it.
 */
export function mountAdmin(
  app: Express,
  deps: { board: RequestHandler; authenticator: Authenticator; operatorKey: string; clock: Clock },
): void {
  const { board, authenticator } = deps
  const sessions = createSessions(deps)
  const limit = createAttemptLimit({ ...LOGIN_FAILURES, clock: deps.clock })

  app.use('/admin', (request, response, next) => {
    exchangeOf(request).route = '/admin'
    response.setHeader('content-security-policy', LOGIN_PAGE_POLICY)
    // under `no-referrer` a browser would send `origin: null` with our own forms
    response.setHeader('referrer-policy', 'same-origin')
    next()
  })
  app.post(LOGIN_PATH, express.urlencoded({ extended: false, limit: '4kb' }), (request, response) => {
    refuseOtherSites(request)
    const who = request.ip ?? ''
    const wait = limit.waitSeconds(who)
    if (wait !== null) {
      throw new Problem(429, 'Too many wrong keys; wait before you try again', {
        headers: { 'retry-after': String(wait) },
      })
    }
    const key = formField(request.body, 'key')
    if (key === null || !authenticator.isOperatorKey(key)) {
      limit.failed(who)
      exchangeOf(request).log.warn('a wrong key at the operator’s login', { from: who })
      showLogin(response, 'wrong key')
      return
    }
    // behind a proxy that ends TLS, the browser's own word is all there is
    const secure = request.secure || request.get('origin')?.startsWith('https://') === true
    response.setHeader('set-cookie', sessions.start(secure))
    response.redirect(303, BOARD_PATH)
  })
  app.post('/admin/logout', (request, response) => {
    refuseOtherSites(request)
    response.setHeader('set-cookie', sessions.end())
    response.redirect(303, LOGIN_PATH)
  })
  app.get(LOGIN_PATH, (_request, response) => {
    showLogin(response, 'none')
  })
  app.use(BOARD_PATH, admit(authenticator, sessions), setBoardHeaders, board)
  app.use(BOARD_PATH, ((error: unknown, _request, _response, next) => {
    next(error instanceof QueueUnavailable ? unavailable('The queue’s datastore is not available', 5) : error)
  }) satisfies express.ErrorRequestHandler)
}

function admit(authenticator: Authenticator, sessions: Sessions): RequestHandler {
  return async (request, response, next) => {
    const { authorization, cookie } = request.headers
    if (authorization !== undefined) {
      const principal = await authenticator.authenticate(authorization)
      if (!hasScope(principal, 'operator')) throw new Problem(403, 'This needs the scope operator')
      next()
    } else if (sessions.isValid(cookie)) {
      if (request.method !== 'GET' && request.method !== 'HEAD') refuseOtherSites(request)
      next()
    } else if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
      showLogin(response, 'none')
    } else {
      throw new Problem(401, 'Name the operator key: authorization: Bearer <key>', {
        headers: { 'www-authenticate': 'Bearer realm="redrive"' },
      })
    }
  }
}

/** A browser sends `origin` with every post; it must be the host that it was sent to. Most say it by a second header too. */
function refuseOtherSites(request: Request): void {
  const { origin, host, 'sec-fetch-site': site = 'same-origin' } = request.headers
  const from = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null
  if (from === null || from !== host || site !== 'same-origin')
    throw new Problem(403, 'This has to come from Redrive’s own pages')
}

const setBoardHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('content-security-policy', BOARD_POLICY)
  next()
}

function showLogin(response: Response, problem: Parameters<typeof loginPage>[0]): void {
  response.status(problem === 'none' ? 200 : 403).type('html')
  response.end(loginPage(problem))
}

function formField(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value: unknown = Object.getOwnPropertyDescriptor(body, name)?.value
  return typeof value === 'string' ? value : null
}

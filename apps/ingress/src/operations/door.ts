import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import type { Clock } from '@redrive/core'
import type { Authenticator } from '../auth/authenticator.ts'
import { hasScope } from '../auth/principal.ts'
import { exchangeOf } from '../http/exchange.ts'
import { Problem } from '../http/problem.ts'
import { createAttemptLimit } from './attempt-limit.ts'
import { LOGIN_PAGE_POLICY, loginPage } from './login-page.ts'
import { createSessions } from './session.ts'

/** The way in to what people look at in a browser: by the operator's login, or by a key as bearer. */
export interface Door {
  /** Lets in the operator's session, and keys: the operator's only, or any that is valid. Others get the login page. */
  admit(keys: 'operator' | 'any'): RequestHandler
}

const LOGIN_PATH = '/admin/login'
const HOME = '/admin/queues'
/** Where a login may lead to: our own pages, and nothing in them that could mean something elsewhere. */
const PAGE = /^\/(?:docs|admin(?:\/[A-Za-z0-9_-]{1,80}){1,4})$/

/** From one address; the key itself is too long to be guessed. */
const LOGIN_FAILURES = { max: 10, windowMs: 60_000 }

/** Mounts login and logout. What a cookie vouches for has to come from our own pages, so that no other site can act with it. */
export function createDoor(
  app: Express,
  deps: { authenticator: Authenticator; operatorKey: string; clock: Clock },
): Door {
  const { authenticator } = deps
  const sessions = createSessions(deps)
  const limit = createAttemptLimit({ ...LOGIN_FAILURES, clock: deps.clock })

  app.use([LOGIN_PATH, '/admin/logout'], (request, _response, next) => {
    exchangeOf(request).route = '/admin'
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
    const page = ownPage(formField(request.body, 'page'))
    const key = formField(request.body, 'key')
    if (key === null || !authenticator.isOperatorKey(key)) {
      limit.failed(who)
      exchangeOf(request).log.warn('a wrong key at the operator’s login', { from: who })
      showLogin(response, 'wrong key', page)
      return
    }
    // behind a proxy that ends TLS, the browser's own word is all there is
    const secure = request.secure || request.get('origin')?.startsWith('https://') === true
    response.setHeader('set-cookie', sessions.start(secure))
    response.redirect(303, page)
  })
  app.post('/admin/logout', (request, response) => {
    refuseOtherSites(request)
    response.setHeader('set-cookie', sessions.end())
    response.redirect(303, LOGIN_PATH)
  })
  app.get(LOGIN_PATH, (_request, response) => {
    showLogin(response, 'none', HOME)
  })

  return {
    admit: (keys) => async (request, response, next) => {
      const { authorization, cookie } = request.headers
      if (authorization !== undefined) {
        const principal = await authenticator.authenticate(authorization)
        if (keys === 'operator' && !hasScope(principal, 'operator')) {
          throw new Problem(403, 'This needs the scope operator')
        }
        next()
      } else if (sessions.isValid(cookie)) {
        if (request.method !== 'GET' && request.method !== 'HEAD') refuseOtherSites(request)
        next()
      } else if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
        showLogin(response, 'none', ownPage(request.baseUrl + request.path))
      } else {
        throw new Problem(401, 'Name a key: authorization: Bearer <key>', {
          headers: { 'www-authenticate': 'Bearer realm="redrive"' },
        })
      }
    },
  }
}

/** The page that was asked for, if it is one of ours. */
function ownPage(wanted: string | null): string {
  const path = wanted?.replace(/\/$/, '') ?? HOME
  return PAGE.test(path) ? path : HOME
}

/** A browser sends `origin` with every post; it must be the host that it was sent to. Most say it by a second header too. */
function refuseOtherSites(request: Request): void {
  const { origin, host, 'sec-fetch-site': site = 'same-origin' } = request.headers
  const from = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : null
  if (from === null || from !== host || site !== 'same-origin')
    throw new Problem(403, 'This has to come from Redrive’s own pages')
}

function showLogin(response: Response, problem: 'none' | 'wrong key', page: string): void {
  response.status(problem === 'none' ? 200 : 403)
  response.setHeader('content-security-policy', LOGIN_PAGE_POLICY)
  // under `no-referrer` a browser would send `origin: null` with the form
  response.setHeader('referrer-policy', 'same-origin')
  response.type('html').end(loginPage(problem, page))
}

function formField(body: unknown, name: string): string | null {
  if (typeof body !== 'object' || body === null) return null
  const value: unknown = Object.getOwnPropertyDescriptor(body, name)?.value
  return typeof value === 'string' ? value : null
}

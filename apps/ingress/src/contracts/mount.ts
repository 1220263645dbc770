import { type Express, type Request, Router } from 'express'
import { hasScope } from '../auth/principal.ts'
import { readJson } from '../http/body.ts'
import { createErrorHandler, refuseUnknown } from '../http/errors.ts'
import { exchangeOf, renameExchange } from '../http/exchange.ts'
import { type Gate, mountRoutes } from '../http/mount.ts'
import { Problem } from '../http/problem.ts'
import type { Contract } from './contract.ts'

/**
 * Sends what lies at or below a contract's prefixes to it, and lets the rest pass. One handler for all: each more is one
 * that every request goes through.
 */
export function mountRouters(app: Express, mounted: readonly ContractRouter[]): void {
  app.use((request, response, next) => {
    const { path } = request
    const found = mounted.find(({ prefixes }) => isUnder(prefixes, path))
    if (found) found.router(request, response, next)
    else next()
  })
}

interface ContractRouter {
  prefixes: readonly string[]
  router: Router
}

/**
 * Gives a contract everything at and below its prefixes, so that unknown paths, wrong methods and every error are
 * answered in its words too.
 */
export function contractRouter(contract: Contract, state: 'on' | 'off'): ContractRouter | null {
  if (state === 'off' && contract.off === undefined) return null
  const router = Router({ caseSensitive: true })
  const { requestId: ownId } = contract
  if (ownId !== undefined) {
    router.use((request, response, next) => {
      renameExchange(request, response, ownId(exchangeOf(request).requestId))
      next()
    })
  }
  if (state === 'on') mountRoutes(router, contract.routes, gateOf(contract))
  else
    router.use((_request, _response, next) => {
      next(contract.off)
    })
  router.use(refuseUnknown)
  router.use(
    createErrorHandler((response, problem, requestId) => {
      const { status, body } = contract.renderProblem(problem, requestId)
      for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value)
      response.status(status).setHeader('content-type', 'application/json; charset=utf-8')
      response.end(JSON.stringify(body))
    }),
  )
  return { prefixes: contract.prefixes, router }
}

function gateOf(contract: Contract): Gate {
  return {
    async admit(route, request) {
      const principal = await contract.identify(request)
      const { access } = route
      if (access === 'public' || access === 'operator') throw new Error('a foreign route is about one tenant')
      if (!hasScope(principal, access)) throw new Problem(403, `This needs the scope ${access}`)
      return { principal, tenantId: await contract.tenantOf(principal, request) }
    },
    ids: pathValues,
    async readBody(route, request) {
      if (route.body === null) return null
      return (contract.readBody ?? readJson)(request, route.bodyLimit)
    },
  }
}

/** As they came: what they have to look like is the contract's to say. */
function pathValues(request: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.params).map(([name, value]) => [name, typeof value === 'string' ? value : value.join('/')]),
  )
}

function isUnder(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
}

import type { Request } from 'express'
import type { Store } from '@redrive/store'
import type { Authenticator } from '../../auth/authenticator.ts'
import { hasScope, type Principal } from '../../auth/principal.ts'
import { Problem } from '../../http/problem.ts'
import type { Contract } from '../contract.ts'

/**
 * Three headers: the app's secret (an API key) with the app's id (the tenant's number), or, where there is no secret, a
 * token (a JWT or an API key). An id that is not the credential's tenant's is a 401, whichever of the two it came with.
 */
export function createVioletIdentity(deps: {
  store: Pick<Store, 'tenants'>
  authenticator: Authenticator
}): Pick<Contract, 'identify' | 'tenantOf'> {
  const { store, authenticator } = deps

  async function appTenant(principal: Principal, appId: string): Promise<string> {
    if (!/^[0-9]{1,15}$/.test(appId)) throw wrongApp()
    if (principal.tenantId !== null) {
      const tenant = await store.tenants.get(principal.tenantId)
      if (tenant?.number !== Number(appId)) throw wrongApp()
      return tenant.id
    }
    const named = hasScope(principal, 'operator') ? await store.tenants.find(appId) : null
    if (named?.number !== Number(appId)) throw wrongApp()
    return named.id
  }

  return {
    async identify(request) {
      const secret = request.get('x-violet-app-secret')
      const token = request.get('x-violet-token')
      if (secret !== undefined) {
        if (request.get('x-violet-app-id') === undefined) throw new Problem(401, 'X-Violet-App-Id is missing')
        return authenticateBy('X-Violet-App-Secret', secret, request)
      }
      if (token !== undefined) return authenticateBy('X-Violet-Token', token, request)
      throw new Problem(401, 'X-Violet-App-Id and X-Violet-App-Secret, or X-Violet-Token, are required')
    },
    tenantOf: async (principal, request) => {
      const appId = request.get('x-violet-app-id')
      if (appId !== undefined) return appTenant(principal, appId.trim())
      return authenticator.tenantOf(principal, request.get('redrive-tenant'))
    },
  }

  async function authenticateBy(header: string, credential: string, request: Request): Promise<Principal> {
    const principal = await authenticator.authenticateToken(credential.trim()).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) throw new Problem(401, `${header} is not valid`)
      throw error
    })
    // before anything is said about scopes
    const appId = request.get('x-violet-app-id')
    if (appId !== undefined) await appTenant(principal, appId.trim())
    return principal
  }
}

function wrongApp(): Problem {
  return new Problem(401, 'X-Violet-App-Id is not the id of this credential’s app')
}

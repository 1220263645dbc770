import { hash, timingSafeEqual } from 'node:crypto'
import { type ApiKey, apiKeyMatches, type Clock, isUuid, parseApiKey } from '@redrive/core'
import type { Store } from '@redrive/store'
import { Problem } from '../http/problem.ts'
import { type JwtVerifier, looksLikeJwt } from './jwt.ts'
import { hasScope, type Principal } from './principal.ts'
import { createRecent } from './recent.ts'

/** Turns credentials into a principal, and a principal's wish into a tenant. Both throw the `Problem` to answer. */
export interface Authenticator {
  /** By the value of `authorization`. */
  authenticate(authorization: string | undefined): Promise<Principal>
  /** By a key or a JWT, wherever a contract has it. */
  authenticateToken(token: string): Promise<Principal>
  /** Whether this is the operator's key, compared in constant time. */
  isOperatorKey(text: string): boolean
  /** The tenant that a call is about: the key's own, or the one that an operator names with `redrive-tenant`. */
  tenantOf(principal: Principal, tenantHeader: string | undefined): Promise<string>
}

/** A revoked key stops working everywhere within this time. */
const KEY_AGE_MS = 3_000
const MAX_KEYS = 10_000
/** `lastUsedAt` is as exact as this; so often at most a key costs a write. */
const USE_NOTED_MS = 60_000
const MAX_TENANTS = 1_000

const OPERATOR: Principal = { kind: 'operator', keyId: null, tenantId: null, scopes: new Set(['operator']) }

/** Long enough for JWTs. */
const BEARER = /^bearer +([\x21-\x7e]{1,8192}) *$/i

export function createAuthenticator(options: {
  store: Pick<Store, 'apiKeys' | 'tenants'>
  operatorKey: string
  /** null: no JWT is accepted */
  jwt: JwtVerifier | null
  clock: Clock
}): Authenticator {
  const { store, operatorKey, jwt, clock } = options
  const operatorDigest = digest(operatorKey)
  /** else a key of ours, which most calls come with, need not be compared with the operator's */
  const operatorLooksLikeOurs = parseApiKey(operatorKey) !== null
  const keys = createRecent({
    load: (id) => store.apiKeys.findForAuthentication(id),
    maxAgeMs: KEY_AGE_MS,
    maxEntries: MAX_KEYS,
    clock,
  })
  const tenants = createRecent({
    load: (id) => store.tenants.get(id),
    maxAgeMs: KEY_AGE_MS,
    maxEntries: MAX_TENANTS,
    clock,
  })
  /** as JWTs name them: by id or slug */
  const namedTenants = createRecent({
    load: (reference) => store.tenants.find(reference),
    maxAgeMs: KEY_AGE_MS,
    maxEntries: MAX_TENANTS,
    clock,
  })

  const noted = new WeakSet<ApiKey>()
  const principals = new WeakMap<ApiKey, Principal>()

  function principalOf(key: ApiKey): Principal {
    const known = principals.get(key)
    if (known !== undefined) return known
    const made: Principal = { kind: 'key', keyId: key.id, tenantId: key.tenantId, scopes: new Set(key.scopes) }
    principals.set(key, made)
    return made
  }

  /** Once for what was loaded, if that is old. Nobody waits for it, and nobody is turned away because it fails. */
  function noteUse(key: ApiKey): void {
    const lastUsed = key.lastUsedAt?.getTime() ?? -Infinity
    if (noted.has(key) || clock() - lastUsed < USE_NOTED_MS) return
    noted.add(key)
    store.apiKeys.used(key.id).catch(() => undefined)
  }

  function isOperatorKey(text: string): boolean {
    return timingSafeEqual(digest(text), operatorDigest)
  }

  async function authenticateToken(token: string): Promise<Principal> {
    const presented = parseApiKey(token)
    if ((presented === null || operatorLooksLikeOurs) && isOperatorKey(token)) return OPERATOR
    if (jwt !== null && looksLikeJwt(token)) return authenticateJwt(jwt, token)
    const key = presented && (await keys.get(presented.id))
    // one answer for all, so that nobody learns which ids exist
    if (!presented || !key || !apiKeyMatches(presented.secret, key.hash)) throw unauthorized('The key is not valid')
    if (key.revokedAt !== null) throw unauthorized('The key has been revoked')
    if (key.expiresAt !== null && key.expiresAt.getTime() <= clock()) throw unauthorized('The key has expired')
    noteUse(key)
    return principalOf(key)
  }

  async function authenticateJwt(verifier: JwtVerifier, token: string): Promise<Principal> {
    const claims = await verifier.verify(token)
    if (claims.kind === 'invalid') throw unauthorized(claims.detail)
    const tenant = claims.tenant === null ? null : await namedTenants.get(claims.tenant)
    if (tenant === null && !(claims.tenant === null && claims.scopes.includes('operator'))) {
      throw unauthorized('The claim tenant names no tenant')
    }
    return { kind: 'jwt', keyId: null, tenantId: tenant?.id ?? null, scopes: new Set(claims.scopes) }
  }

  return {
    isOperatorKey,
    authenticateToken,
    async authenticate(authorization) {
      if (authorization === undefined) throw unauthorized('Name a key: authorization: Bearer <key>')
      const token = BEARER.exec(authorization)?.[1]
      if (token === undefined) throw unauthorized('The authorization header is not of the form Bearer <key>')
      return authenticateToken(token)
    },
    async tenantOf(principal, tenantHeader) {
      if (tenantHeader === undefined) {
        if (principal.tenantId !== null) return principal.tenantId
        throw new Problem(400, 'The operator names the tenant with the header redrive-tenant: <tenant id>')
      }
      const wanted = tenantHeader.trim().toLowerCase()
      if (wanted === principal.tenantId) return wanted
      // nobody but the operator learns whether a tenant exists
      if (!hasScope(principal, 'operator')) throw new Problem(403, 'This key belongs to another tenant')
      if (!isUuid(wanted) || (await tenants.get(wanted)) === null) {
        throw new Problem(404, 'There is no such tenant as the header redrive-tenant names')
      }
      return wanted
    },
  }
}

function unauthorized(detail: string): Problem {
  return new Problem(401, detail, { headers: { 'www-authenticate': 'Bearer realm="redrive"' } })
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

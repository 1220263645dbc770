import type { Scope } from '@redrive/core'

/** Who is calling: the operator (who is in no tenant), or someone with a tenant's key or a JWT. */
export interface Principal {
  kind: 'operator' | 'key' | 'jwt' | 'anonymous'
  keyId: string | null
  tenantId: string | null
  scopes: ReadonlySet<Scope>
}

export const ANONYMOUS: Principal = { kind: 'anonymous', keyId: null, tenantId: null, scopes: new Set() }

/** `operator` is every scope, in every tenant. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes.has('operator') || principal.scopes.has(scope)
}

import { readFileSync } from 'node:fs'
import { ConfigError, type JwtConfig } from '@redrive/config'
import { type Scope, SCOPES } from '@redrive/core'
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import { unavailable } from '../http/problem.ts'

/** What a JWT that holds says; `tenant` is an id or a slug, null for an operator's. */
type JwtClaims = { kind: 'valid'; tenant: string | null; scopes: Scope[] } | { kind: 'invalid'; detail: string }

export interface JwtVerifier {
  /** @throws Problem 503 where the issuer's keys can't be had */
  verify(token: string): Promise<JwtClaims>
}

/** Public-key signatures only: a key of a JWKS must never be taken for the secret of an HMAC. */
const JWKS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
/** Clocks of issuers are never quite ours. */
const CLOCK_TOLERANCE_SECONDS = 5
const MAX_TENANT_LENGTH = 128

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/** An API key has no dots, so the two are never taken for each other. */
export function looksLikeJwt(token: string): boolean {
  return COMPACT_JWS.test(token)
}

/**
 * Checks JWTs of one issuer for one audience, by keys and algorithms that the operator's configuration pins; nothing in
 * a token (`alg`, `jku`, `x5u`, `jwk`) chooses either. A token without an end (`exp`) is refused.
 * @throws ConfigError if the file of keys can't be read
 */
export function createJwtVerifier({ issuer, audience, keys }: JwtConfig): JwtVerifier {
  const key = keyOf(keys)
  const algorithms = keys.kind === 'hs256' ? ['HS256'] : JWKS_ALGORITHMS
  const options = { issuer, audience, algorithms, requiredClaims: ['exp'], clockTolerance: CLOCK_TOLERANCE_SECONDS }
  return {
    async verify(token) {
      try {
        // two calls, because the library has an overload for each
        const { payload } = await (typeof key === 'function'
          ? jwtVerify(token, key, options)
          : jwtVerify(token, key, options))
        return claimsOf(payload)
      } catch (error) {
        if (isRefusal(error)) return { kind: 'invalid', detail: refusalOf(error) }
        throw unavailable('The keys of the tokens’ issuer can’t be had at the moment', 5)
      }
    },
  }
}

function keyOf(keys: JwtConfig['keys']) {
  switch (keys.kind) {
    case 'hs256':
      return new TextEncoder().encode(keys.secret)
    case 'file':
      return keysFromFile(keys.path)
    case 'url':
      return createRemoteJWKSet(new URL(keys.url))
  }
}

function keysFromFile(path: string) {
  try {
    // the library checks what it is given
    return createLocalJWKSet(JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it is not JSON'
    throw new ConfigError([
      { variable: 'JWT_JWKS_FILE', message: `must name a file with a JWKS, {"keys": [...]} (${why})` },
    ])
  }
}

function claimsOf(payload: JWTPayload): JwtClaims {
  const { tenant, scope } = payload
  const named = Array.isArray(scope) ? scope : typeof scope === 'string' ? scope.split(' ') : []
  // scopes that mean something to other services may stand beside ours
  const scopes = SCOPES.filter((known) => named.includes(known))
  if (tenant === undefined) return { kind: 'valid', tenant: null, scopes }
  if (typeof tenant !== 'string' || tenant.length > MAX_TENANT_LENGTH) {
    return { kind: 'invalid', detail: 'The claim tenant must be a tenant’s id or slug' }
  }
  return { kind: 'valid', tenant, scopes }
}

/** Whether the token is at fault; what else goes wrong is trouble of ours or of the issuer's. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
}

function refusalOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `The token’s claim ${error.claim} is not as it must be`
  return 'The token is not valid'
}

import type { Authenticator } from '../../auth/authenticator.ts'
import type { Principal } from '../../auth/principal.ts'
import { Problem } from '../../http/problem.ts'

const TOKEN = /^token +([\x21-\x7e]{1,8192}) *$/i

/** This contract's word is `Token`; with any other, no credentials were provided. */
export async function identifyByToken(
  authenticator: Authenticator,
  authorization: string | undefined,
): Promise<Principal> {
  const token = TOKEN.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new Problem(401, 'Authentication credentials were not provided.')
  return authenticator.authenticateToken(token)
}

/** A refusal in the framework's words, which names the scheme to use. */
export async function challenged(identity: Promise<Principal>): Promise<Principal> {
  try {
    return await identity
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    const detail = error.detail.startsWith('Authentication') ? error.detail : 'Invalid token.'
    throw new Problem(401, detail, { headers: { 'www-authenticate': 'Token' } })
  }
}

import type { Request } from 'express'
import { validate } from '@redrive/contracts'
import { isUuid } from '@redrive/core'
import type { Authenticator } from '../auth/authenticator.ts'
import { ANONYMOUS, hasScope } from '../auth/principal.ts'
import { readJson } from '../http/body.ts'
import type { Gate } from '../http/mount.ts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import { noFields } from '../http/route.ts'

/** The native API's way in: bearer credentials, ids that are UUIDs, bodies that are JSON. */
export function nativeGate(authenticator: Authenticator): Gate {
  return {
    async admit(route, request) {
      if (route.access === 'public') return { principal: ANONYMOUS, tenantId: '' }
      const principal = await authenticator.authenticate(request.headers.authorization)
      if (!hasScope(principal, route.access)) throw new Problem(403, `This needs the scope ${route.access}`)
      if (route.access === 'operator') return { principal, tenantId: '' }
      return { principal, tenantId: await authenticator.tenantOf(principal, request.get('redrive-tenant')) }
    },
    ids: pathIds,
    async readBody(route, request) {
      if (route.body === null && route.method !== 'post') return null
      const body = await readJson(request, route.bodyLimit)
      if (route.body === null) {
        const fields = validate(noFields, body?.value ?? {})
        if (!fields.ok) throw invalid(fields.errors)
        return null
      }
      if (body === null && !route.body.safeParse({}).success) {
        throw new Problem(400, 'The body is missing; it must be a JSON object')
      }
      return body
    },
  }
}

/** Every name in a path is an id. What is no id names nothing: 404, not 422. */
function pathIds(request: Request): Record<string, string> {
  const ids: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.params)) {
    if (typeof value !== 'string' || !isUuid(value)) throw notFound('thing: the id in the path is malformed')
    ids[name] = value.toLowerCase()
  }
  return ids
}

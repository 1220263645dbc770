import type { Request } from 'express'
import type { FieldProblem } from '@redrive/contracts'
import type { Clock, RetryPolicy } from '@redrive/core'
import type { Store } from '@redrive/store'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Principal } from '../auth/principal.ts'
import type { JsonBody } from '../http/body.ts'
import type { Problem } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import type { Parameter } from '../openapi/operation.ts'
import type { DeliveryService } from '../services/deliveries.ts'
import type { DispatchService } from '../services/dispatch.ts'
import type { PublishService } from '../services/publish.ts'
import type { ReplayService } from '../services/replay.ts'

/** What a contract translates to: the same services that the native API calls. */
export interface ContractDeps {
  store: Store
  authenticator: Authenticator
  publisher: PublishService
  deliveries: DeliveryService
  replay: ReplayService
  dispatcher: DispatchService
  payloadMaxBytes: number
  defaultRetryPolicy: RetryPolicy
  clock: Clock
}

/** As OpenAPI has it: any of several will do. */
type SecurityScheme = { description?: string } & (
  | { type: 'http'; scheme: 'basic' | 'bearer'; bearerFormat?: string }
  | { type: 'apiKey'; in: 'header' | 'query'; name: string }
)

/**
 * A published API that is not ours: its paths, its credentials, its words. A translation and nothing else: it has no
 * tables, queues or delivery logic.
 */
export interface Contract {
  /** Whatever lies at or below one of these is answered in this contract's words, taken by a route or not. */
  prefixes: readonly string[]
  routes: readonly Route[]
  /** OpenAPI's description of its credentials, by name; absent: as the native API's */
  security?: Record<string, SecurityScheme>
  /** for OpenAPI: what stands in its paths, by name */
  ids: Record<string, Pick<Parameter, 'description' | 'schema' | 'example'>>
  /** for OpenAPI: headers that it reads beside its credentials; absent: `redrive-tenant`, as in the native API */
  headers?: readonly Parameter[]
  /** Who is calling. @throws Problem 401 */
  identify(request: Request): Promise<Principal>
  /** Which tenant a call is about. @throws Problem */
  tenantOf(principal: Principal, request: Request): Promise<string>
  /** for OpenAPI: media types of bodies that it reads beside JSON */
  bodyTypes?: readonly string[]
  /** JSON if absent */
  readBody?: (request: Request, limit: number) => Promise<JsonBody | null>
  /** A request id of the contract's own form, from the one that the caller asked for, or from ours. */
  requestId?: (id: string) => string
  /** An error as this contract tells it. */
  renderProblem(problem: Problem, requestId: string): { status: number; body: unknown }
  /** What is answered while the contract is switched off; absent: what any unknown path gets */
  off?: Problem
}

/** None of the contracts knows 415 and 422: what is wrong with a request is a 400 in each of them. */
export function foreignStatus({ status }: Problem): number {
  return status === 415 || status === 422 ? 400 : status
}

/** What is wrong in one sentence, for contracts whose errors have no more: each field at fault with what is wrong with it. */
export function foreignDetail({ detail, errors }: Problem): string {
  return errors?.map(faultOf).join('; ') ?? detail
}

/** Sentences that a contract prescribes begin with the field themselves. */
function faultOf({ pointer, detail }: FieldProblem): string {
  const field = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  return field === '' || detail.startsWith(`${field} `) ? detail : `${field}: ${detail}`
}

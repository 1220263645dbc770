import { type FieldProblem, validate } from '@redrive/contracts'
import type { Scope } from '@redrive/core'
import type { Log } from '@redrive/runtime'
import { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import type { JsonBody } from './body.ts'

/**
 * Who may call a route. `public`: anyone. `operator`: the operator, about the installation. A scope: whoever has it,
 * within one tenant.
 */
type Access = 'public' | 'operator' | Scope

/** The names in braces of a path; each is an id. `/v1/events/{id}` → `{ id: string }`. */
type PathIds<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Record<Name, string> & PathIds<Rest>
  : unknown

interface RouteInput<Path extends string, Query, Body> {
  ids: PathIds<Path>
  query: Query
  body: Body
  /** the body's text, for what has to be kept byte for byte; empty without a body */
  bodyText: string
  header: (name: string) => string | undefined
}

/** What a handler knows beside its input. */
export interface RequestContext {
  requestId: string
  principal: Principal
  /** the tenant that the call is about; empty for routes that are about none */
  tenantId: string
  /** where the caller reached us, for links: "https://redrive.example" */
  origin: string
  log: Log
  /** Adds ids of what came of the call to its line in the log. */
  note: (ids: Record<string, string>) => void
}

export interface Reply {
  /** rendered as JSON; dates as ISO 8601 in UTC. Absent: no body (204) */
  body?: unknown
  /** JSON that is rendered already, where bytes have to be kept */
  json?: string
  headers?: Record<string, string>
  /** the route's `alsoStatus` instead of its `status` */
  status?: 200
}

/** What only a reader of the documentation needs to be told. */
interface RouteNotes {
  description?: string
  /** when the answer is 409, in a sentence; absent: never */
  conflict?: string
  /** takes the header `Idempotency-Key` */
  idempotent?: true
  /** answers with a `Location` */
  location?: true
}

interface RouteDefinition<Path extends string, Query extends z.ZodType, Body extends z.ZodType> {
  method: 'get' | 'post' | 'patch' | 'delete'
  /** in OpenAPI's notation: `/v1/events/{id}` */
  path: Path
  access: Access
  query?: Query
  body?: Body
  /** bytes; absent: small */
  bodyLimit?: number
  /** the status of success */
  status: 200 | 201 | 202 | 204
  /** where there is nothing more to be done (a dry run) */
  alsoStatus?: 200
  /** what success looks like; null for an answer without a body */
  response: z.ZodType | null
  summary: string
  tag: string
  notes?: RouteNotes
  handle: (input: RouteInput<Path, z.output<Query>, z.output<Body>>, context: RequestContext) => Promise<Reply>
}

/** What `mount` has read of a request. */
export interface RawInput {
  ids: Record<string, string>
  query: unknown
  body: JsonBody | null
  header: (name: string) => string | undefined
}

/** A checked request that only needs its context, or all that is wrong with it. */
type Prepared = { run: (context: RequestContext) => Promise<Reply> } | { errors: FieldProblem[] }

/**
 * A route as data: mounted, documented and tested from the same table. Behind `prepare` its types are checked once and
 * for all, so that routes of different inputs fit into one list.
 */
export interface Route {
  method: 'get' | 'post' | 'patch' | 'delete'
  path: string
  access: Access
  query: z.ZodType
  body: z.ZodType | null
  bodyLimit: number
  status: 200 | 201 | 202 | 204
  alsoStatus: 200 | null
  response: z.ZodType | null
  summary: string
  tag: string
  notes: RouteNotes
  prepare: (raw: RawInput) => Prepared
}

const SMALL_BODY_BYTES = 128 * 1024
/** Of what takes no fields: of a body too, which may be an empty object then. */
export const noFields = z.strictObject({})
/** Of a request without any, which most have. */
export const NO_QUERY = Object.freeze({})
const QUERYLESS = { ok: true, value: {} } as const
const NO_BODY = { ok: true, value: undefined } as const

export function defineRoute<
  const Path extends string,
  Query extends z.ZodType = typeof noFields,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<Path, Query, Body>): Route {
  const { query: querySchema = noFields, body: bodySchema = null, bodyLimit = SMALL_BODY_BYTES, handle } = definition
  return {
    method: definition.method,
    path: definition.path,
    access: definition.access,
    query: querySchema,
    body: bodySchema,
    bodyLimit,
    status: definition.status,
    alsoStatus: definition.alsoStatus ?? null,
    response: definition.response,
    summary: definition.summary,
    tag: definition.tag,
    notes: definition.notes ?? {},
    prepare(raw) {
      const isQueryless = querySchema === noFields && raw.query === NO_QUERY
      const query = isQueryless ? QUERYLESS : validate(querySchema, raw.query)
      // an absent body stands for an empty object: fields that are all optional may all be left out
      const body = bodySchema === null ? NO_BODY : validate(bodySchema, raw.body === null ? {} : raw.body.value)
      if (!query.ok || !body.ok) return { errors: [query, body].flatMap((part) => (part.ok ? [] : part.errors)) }
      const input = {
        ids: raw.ids,
        query: query.value,
        body: body.value,
        bodyText: raw.body?.text ?? '',
        header: raw.header,
        // `mount` fills `ids` by the path's own names, and both schemas have accepted their part
      } as RouteInput<Path, z.output<Query>, z.output<Body>>
      return { run: (context) => handle(input, context) }
    },
  }
}

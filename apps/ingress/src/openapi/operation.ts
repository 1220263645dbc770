import { Problem, type ProblemStatus } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { exampleOf } from './example.ts'
import { type JsonSchema, resolve, type Schemas } from './schemas.ts'
import { SAMPLE_ID } from './samples.ts'
import { describePathId, HEADERS, IDEMPOTENCY_HEADER, TENANT_HEADER } from './texts.ts'

export interface Operation {
  operationId: string
  summary: string
  tags: string[]
  description?: string
  security: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Content }
  responses: Record<string, ResponseObject | Reference>
}

export interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  schema: JsonSchema
  example?: unknown
}

export interface ResponseObject {
  description: string
  headers?: Record<string, unknown>
  content?: Content
}

interface Reference {
  $ref: string
}

type Content = Record<string, { schema: JsonSchema; example?: unknown }>

export function describeOperation(route: Route, schemas: Schemas): Operation {
  const { notes } = route
  const parameters = [...pathParameters(route), ...queryParameters(route, schemas), ...headerParameters(route)]
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    ...(notes.description === undefined ? {} : { description: notes.description }),
    security: route.access === 'public' ? [] : [{ apiKey: [route.access] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(route, schemas),
    responses: {
      [route.status]: success(route, schemas),
      ...(route.alsoStatus === null
        ? {}
        : { [route.alsoStatus]: success({ ...route, status: route.alsoStatus }, schemas) }),
      ...errors(route),
    },
  }
}

/** `get /v1/deliveries/{id}/attempts` → `getDeliveriesByIdAttempts` */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/v1\//, '/').split(/[/-]/)
  return (
    method + words.map((word) => (word.startsWith('{') ? `By${capital(word.slice(1, -1))}` : capital(word))).join('')
  )
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function pathParameters({ path }: Route): Parameter[] {
  return [...path.matchAll(/([^/]+)\/\{(\w+)\}/g)].map(([, collection = '', name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...describePathId(collection),
    schema: { type: 'string', format: 'uuid' },
    example: SAMPLE_ID,
  }))
}

function queryParameters({ query }: Route, schemas: Schemas): Parameter[] {
  const { properties = {}, required = [] } = resolve(schemas.ofRequest(query), schemas.components)
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = typeof property === 'object' ? property : {}
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema,
    }
  })
}

function headerParameters({ access, notes }: Route): Parameter[] {
  const perTenant = access !== 'public' && access !== 'operator'
  return [...(perTenant ? [TENANT_HEADER] : []), ...(notes.idempotent ? [IDEMPOTENCY_HEADER] : [])]
}

function requestBody({ body }: Route, schemas: Schemas): Pick<Operation, 'requestBody'> {
  if (body === null) return {}
  const schema = schemas.ofRequest(body)
  const example = exampleOf(schema, schemas.components)
  return {
    // an absent body stands for an empty object
    requestBody: { required: !body.safeParse({}).success, content: { 'application/json': { schema, example } } },
  }
}

function success({ status, response, notes }: Route, schemas: Schemas): ResponseObject {
  const schema = response === null ? null : schemas.ofAnswer(response)
  return {
    description: SUCCESS[status],
    headers: headers(
      'x-request-id',
      ...(notes.location ? (['location'] as const) : []),
      ...(notes.idempotent ? (['idempotent-replayed'] as const) : []),
    ),
    ...(schema === null
      ? {}
      : { content: { 'application/json': { schema, example: exampleOf(schema, schemas.components) } } }),
  }
}

const SUCCESS = { 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done; there is nothing to say' }

/** What any call of this kind may be answered with instead. */
function errors({ access, path, method, body, notes }: Route): Record<string, ResponseObject | Reference> {
  // one that takes no fields refuses them
  const reads = body !== null || method === 'post'
  const restricted = access !== 'public'
  const perTenant = restricted && access !== 'operator'
  const possible: [CommonError, boolean][] = [
    [400, reads || perTenant],
    [401, restricted],
    [403, restricted],
    [404, perTenant || path.includes('{')],
    [413, reads],
    [415, reads],
    [422, true],
    [429, restricted],
    [500, true],
    [503, restricted],
  ]
  const common = possible
    .filter(([, is]) => is)
    .map(([status]) => [status, { $ref: `#/components/responses/${String(status)}` }])
  return {
    ...(Object.fromEntries(common) as Record<string, Reference>),
    ...(notes.conflict === undefined ? {} : { 409: errorResponse(409, notes.conflict) }),
  }
}

/** The answers that the operations share. */
export function commonErrors(): Record<string, ResponseObject> {
  return Object.fromEntries(
    Object.entries(COMMON_ERRORS).map(([status, description]) => {
      return [status, errorResponse(Number(status) as CommonError, description)] // a key of the table
    }),
  )
}

export const COMMON_ERRORS = {
  400: 'The request can’t be read, or the operator has not named a tenant',
  401: 'No valid key was given',
  403: 'The key has not the scope that this needs, or belongs to another tenant',
  404: 'There is no such thing, or it is another tenant’s',
  413: 'The body is too large',
  415: 'The body is not JSON in UTF-8',
  422: 'Something in the request is not as described; `errors` says what',
  429: 'Too many requests; `retry-after` says when to go on',
  500: 'A fault of ours; `requestId` finds it in the log',
  503: 'The database is away, or too much is waiting: nothing is half done; try again',
}
type CommonError = keyof typeof COMMON_ERRORS

function errorResponse(status: ProblemStatus, description: string): ResponseObject {
  const schema = { $ref: '#/components/schemas/Problem' }
  const more =
    status === 401 ? ['www-authenticate' as const] : status === 429 || status === 503 ? ['retry-after' as const] : []
  return {
    description,
    headers: headers('x-request-id', ...more),
    content: { 'application/problem+json': { schema, example: problemExample(status, description) } },
  }
}

function headers(...names: (keyof typeof HEADERS)[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, HEADERS[name]]))
}

function problemExample(status: ProblemStatus, detail: string) {
  const { title } = new Problem(status, detail)
  const errors = status === 422 ? { errors: [{ pointer: '/type', detail: 'This is required' }] } : {}
  return { type: 'about:blank', title, status, detail, requestId: SAMPLE_ID, ...errors }
}

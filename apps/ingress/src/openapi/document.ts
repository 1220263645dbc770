import { problem } from '@redrive/contracts'
import type { Contract } from '../contracts/contract.ts'
import type { Route } from '../http/route.ts'
import { describeForeign } from './foreign.ts'
import { commonErrors, describeOperation, type Operation, type ResponseObject } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { convertSchemas, type JsonSchema } from './schemas.ts'
import { SECURITY_SCHEMES, describeTags } from './texts.ts'

/** An OpenAPI 3.1 document, as far as anything here reads it. */
export interface OpenApiDocument {
  openapi: string
  info: Record<string, unknown>
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, JsonSchema>
    responses: Record<string, ResponseObject>
    securitySchemes: object
  }
}

/** Describes the API from the tables that it is served from, so that the two can't differ. */
export function describeApi(api: {
  routes: readonly Route[]
  contracts: readonly Contract[]
  version: string
}): OpenApiDocument {
  const foreign = api.contracts.flatMap((contract) => contract.routes.map((route) => ({ route, contract })))
  const all = [...api.routes.map((route) => ({ route, contract: null })), ...foreign]
  const routes = all.map(({ route }) => route)
  const requests = new Set(routes.flatMap(({ query, body }) => (body === null ? [query] : [query, body])))
  const answers = new Set([problem, ...routes.flatMap(({ response }) => (response === null ? [] : [response]))])
  const schemas = convertSchemas(requests, answers)
  const paths: OpenApiDocument['paths'] = {}
  for (const { route, contract } of all) {
    ;(paths[route.path] ??= {})[route.method] =
      contract === null ? describeOperation(route, schemas) : describeForeign(route, contract, schemas)
  }
  Object.assign(paths, OPERATIONS)
  const responses = commonErrors()
  const tags = new Set(
    Object.values(paths).flatMap((path) => Object.values(path).flatMap((operation) => operation.tags)),
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'Redrive',
      version: api.version,
      summary: 'Webhooks, delivered.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: describeTags(tags),
    paths,
    components: {
      schemas: reachable({ paths, responses }, schemas.components),
      responses,
      securitySchemes: Object.assign({}, SECURITY_SCHEMES, ...api.contracts.map(({ security }) => security)) as object,
    },
  }
}

const DESCRIPTION = `JSON in and out, camelCase, times in ISO 8601 UTC, ids UUID version 7. Unknown fields and query parameters are refused (422).
What belongs to another tenant does not exist (404). Errors are \`application/problem+json\` (RFC 9457). Every answer carries \`x-request-id\`.

Lists are newest first, and stable while rows are added: follow \`nextCursor\` with \`?cursor=\` until it is null.`

/** The components that are referred to, by whatever number of steps. */
function reachable(from: unknown, components: Record<string, JsonSchema>): Record<string, JsonSchema> {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue
      found.add(name)
      visit(components[name] ?? {})
    }
  }
  visit(from)
  return Object.fromEntries(
    Object.entries(components)
      .filter(([name]) => found.has(name))
      .sort(),
  )
}

import type { OpenApiDocument } from '../src/openapi/document.ts'
import type { Operation, ResponseObject } from '../src/openapi/operation.ts'
import type { JsonSchema } from '../src/openapi/schemas.ts'

/** Open to everybody, and they take nothing: there is nothing to refuse. */
const NEVER_REFUSED = new Set(['get /livez', 'get /readyz', 'get /metrics'])

/** What the document leaves unsaid, which a linter would let pass, each as the place and what is missing there. */
export function gapsOf(document: OpenApiDocument): string[] {
  const { schemas } = document.components
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operationGaps(`${method} ${path}`, operation, document).map((gap) => `${method} ${path}: ${gap}`),
    ),
  )
  const components = Object.entries(schemas).flatMap(([name, schema]) => schemaGaps(name, schema, schemas))
  return [...operations, ...components]
}

function operationGaps(name: string, operation: Operation, document: OpenApiDocument): string[] {
  const { parameters = [], requestBody, responses } = operation
  const { schemas } = document.components
  const answers = Object.entries(responses).map(([status, response]) => ({
    status,
    response: '$ref' in response ? document.components.responses[response.$ref.split('/').at(-1) ?? ''] : response,
  }))
  const refusals = answers.filter(({ status }) => status.startsWith('4'))
  return [
    ...(isSaid(operation.summary) ? [] : ['no summary']),
    ...parameters.flatMap(({ name: parameter, description, required, example, schema }) => [
      ...(isSaid(description) ? [] : [`no description of the parameter ${parameter}`]),
      ...(required && example === undefined ? [`no example of the parameter ${parameter}`] : []),
      ...schemaGaps(parameter, schema, schemas),
    ]),
    ...contentGaps('request', requestBody ?? {}, schemas),
    ...(answers.some(({ status }) => status.startsWith('2')) ? [] : ['no answer of success']),
    ...(refusals.length > 0 || NEVER_REFUSED.has(name) ? [] : ['no answer of refusal']),
    ...answers.flatMap(({ status, response }) => [
      ...(isSaid(response?.description) ? [] : [`no description of the answer ${status}`]),
      ...headerGaps(status, response),
      ...(Number(status) >= 400 && response?.content === undefined ? [`no body of the answer ${status}`] : []),
      ...contentGaps(status, response ?? {}, schemas),
    ]),
  ]
}

function headerGaps(status: string, response: ResponseObject | undefined): string[] {
  return Object.entries(response?.headers ?? {}).flatMap(([name, header]) =>
    isSaid((header as { description?: string }).description) ? [] : [`no description of ${name} in ${status}`],
  )
}

function contentGaps(
  place: string,
  { content = {} }: Pick<ResponseObject, 'content'>,
  schemas: Record<string, JsonSchema>,
): string[] {
  return Object.entries(content).flatMap(([type, { schema, example }]) => [
    ...(example === undefined ? [`no example of ${type} in ${place}`] : []),
    ...schemaGaps(place, schema, schemas),
  ])
}

/** Every property at any depth, with a description of its own or that of the component that it refers to. */
function schemaGaps(place: string, schema: JsonSchema, schemas: Record<string, JsonSchema>): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property !== 'object') return []
    const referred = schemas[property.$ref?.split('/').at(-1) ?? '']
    return isSaid(property.description ?? referred?.description) ? [] : [`no description of ${place}.${name}`]
  })
  const parts = Object.entries(schema).flatMap(([key, part]) =>
    typeof part === 'object' && part !== null
      ? schemaGaps(key === 'properties' ? place : `${place}.${key}`, part as JsonSchema, schemas)
      : [],
  )
  return [...own, ...parts]
}

function isSaid(text: string | undefined): boolean {
  return text !== undefined && text.trim().length > 1
}

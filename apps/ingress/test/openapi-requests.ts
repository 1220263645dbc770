import fc from 'fast-check'
import type { OpenApiDocument } from '../src/openapi/document.ts'
import type { Operation, Parameter } from '../src/openapi/operation.ts'
import type { JsonSchema } from '../src/openapi/schemas.ts'

/** A request made from nothing but the document. */
export interface GeneratedRequest {
  query: Record<string, string>
  headers: Record<string, string>
  body: string | undefined
}

/** Requests as the document describes them, and requests that go against it in one way or another. */
export function requestsOf(operation: Operation, document: OpenApiDocument) {
  const { schemas } = document.components
  const of = (parameter: Parameter): fc.Arbitrary<unknown> => arbitraryOf(parameter.schema, schemas, parameter.name)
  const parameters = (place: string): Parameter[] => (operation.parameters ?? []).filter((each) => each.in === place)
  // nobody can make a cursor up
  const query = optionalRecord(
    parameters('query').filter(({ name }) => name !== 'cursor'),
    of,
  )
  const headers = optionalRecord(
    parameters('header').filter(({ name }) => name !== 'redrive-tenant'),
    of,
  )
  const schema = operation.requestBody?.content['application/json']?.schema
  const body = schema === undefined ? fc.constant(undefined) : arbitraryOf(schema, schemas, '')
  const valid = fc.record({ query, headers, body: body.map(text) })
  const json = { 'content-type': 'application/json' }
  return {
    valid: valid.map((request) => ({ ...request, headers: { ...request.headers, ...json } })),
    invalid: fc.oneof(
      fc.record({
        query: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string()),
        headers: fc.constant(json),
        body: body.map(text),
      }),
      fc.record({ query, headers: fc.constant(json), body: body.chain(spoilt).map(text) }),
      fc.record({ query, headers: fc.constant(json), body: fc.oneof(fc.json(), fc.string(), fc.constant(undefined)) }),
      fc.record({ query, headers: fc.constant({ 'content-type': 'text/plain' }), body: body.map(text) }),
      fc.record({
        query: optionalRecord(parameters('query'), () => fc.string()),
        headers: fc.constant(json),
        body: body.map(text),
      }),
    ),
  } satisfies Record<string, fc.Arbitrary<GeneratedRequest>>
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function optionalRecord(parameters: Parameter[], of: (parameter: Parameter) => fc.Arbitrary<unknown>) {
  const model = Object.fromEntries(parameters.map((parameter) => [parameter.name, of(parameter).map(String)]))
  // what is left out has no member
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>
}

/** One member left out, replaced or added. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fc.jsonValue()
  const entries = Object.entries(value)
  const name = entries.length === 0 ? fc.string() : fc.constantFrom(...entries.map(([each]) => each))
  return fc.oneof(
    name.map((left) => Object.fromEntries(entries.filter(([each]) => each !== left))),
    fc.tuple(name, fc.jsonValue({ maxDepth: 2 })).map(([each, other]) => ({ ...value, [each]: other })),
    fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 1 })).map(([each, other]) => ({ ...value, [each]: other })),
  )
}

/** Where the schema can't say it all: without these, hardly any request would be accepted. */
const PLAUSIBLE: Record<string, fc.Arbitrary<unknown>> = {
  url: fc.oneof(
    { weight: 4, arbitrary: fc.constant('http://127.0.0.1:9/hooks') },
    { weight: 1, arbitrary: fc.webUrl() },
  ),
  callbackUrl: fc.constant('http://127.0.0.1:9/callbacks'),
  secret: fc.constant('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  'x-site-context': fc.constantFrom('{"account":"5f328bf0b5f328bf0b5f328b"}', '{"account":"short"}', '{'),
  filter: fc.constantFrom(null, { 'data.total': { $gte: 100 } }),
  headers: fc.constantFrom({}, { 'x-team': 'a', authorization: { value: 'hush', sensitive: true } }),
}

function arbitraryOf(schema: JsonSchema, schemas: Record<string, JsonSchema>, member: string): fc.Arbitrary<unknown> {
  const plausible = Object.hasOwn(PLAUSIBLE, member) ? PLAUSIBLE[member] : undefined
  if (plausible !== undefined) return plausible
  const inner = (part: JsonSchema | boolean, name = ''): fc.Arbitrary<unknown> =>
    typeof part === 'boolean' ? fc.jsonValue({ maxDepth: 1 }) : arbitraryOf(part, schemas, name)
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    // it refers to itself
    return name.startsWith('Json') ? fc.jsonValue({ maxDepth: 2 }) : inner(schemas[name] ?? {}, member)
  }
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => inner(choice, member)))
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [], additionalProperties } = schema
      if (Object.keys(properties).length === 0 && typeof additionalProperties === 'object') {
        return fc.dictionary(fc.stringMatching(/^[a-z.]{1,12}$/), inner(additionalProperties), { maxKeys: 3 })
      }
      const model = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, inner(part, name)]))
      return fc.record(model, { requiredKeys: required })
    }
    case 'array': {
      const items = Array.isArray(schema.items) ? schema.items[0] : schema.items
      return fc.array(inner(items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(3, schema.minItems ?? 0),
      })
    }
    case 'string':
      return stringOf(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

function stringOf({ format, pattern, minLength = 0, maxLength = 100 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  const time = fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString())
  if (format === 'date-time') return time
  if (format === 'date') return time.map((moment) => moment.slice(0, 10))
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((long) => long.slice(0, maxLength))
  return fc.string({ minLength, maxLength: Math.min(maxLength, 100), unit: 'grapheme' })
}

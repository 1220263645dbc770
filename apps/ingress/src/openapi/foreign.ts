import type { Contract } from '../contracts/contract.ts'
import { invalid, Problem } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { COMMON_ERRORS, describeOperation, type Operation, type Parameter, type ResponseObject } from './operation.ts'
import { SAMPLE_ID } from './samples.ts'
import type { JsonSchema, Schemas } from './schemas.ts'

/** A contract's route: described as one of ours, with the contract's own credentials and errors. */
export function describeForeign(route: Route, contract: Contract, schemas: Schemas): Operation {
  const operation = describeOperation(route, schemas)
  const success = operation.responses[route.status]
  const own =
    contract.security === undefined
      ? operation.security
      : Object.keys(contract.security).map((name) => ({ [name]: [] }))
  return {
    ...operation,
    security: own,
    parameters: parameters(operation, contract),
    ...requestBody(operation, contract),
    responses: { ...(success === undefined ? {} : { [route.status]: success }), ...errors(route, contract) },
  }
}

/** In a form, a member that is an object is JSON text: that is OpenAPI's default too. */
function requestBody(
  { requestBody: described }: Operation,
  { bodyTypes = [] }: Contract,
): Pick<Operation, 'requestBody'> {
  const json = described?.content['application/json']
  if (described === undefined || json === undefined) return {}
  const others = Object.fromEntries(bodyTypes.map((type) => [type, json]))
  return { requestBody: { ...described, content: { ...described.content, ...others } } }
}

/** What an id looks like is each contract's to say, and so are its headers. */
function parameters({ parameters: described = [] }: Operation, contract: Contract): Parameter[] {
  const ofRoute = described.map((each) => (each.in === 'path' ? { ...each, ...contract.ids[each.name] } : each))
  if (contract.headers === undefined) return ofRoute
  return [...ofRoute.filter((each) => each.in !== 'header'), ...contract.headers]
}

/** Each problem that can occur, as the contract itself tells it. */
function errors(route: Route, contract: Contract): Record<string, ResponseObject> {
  const told = ([400, 401, 403, 404, 409, 413, 429, 500, 503] as const).flatMap((status) => {
    if (route.body === null && status === 413) return []
    const description = status === 409 ? 'The state of things does not allow it' : COMMON_ERRORS[status]
    return [{ description, ...tell(contract, new Problem(status, description)) }]
  })
  return Object.fromEntries(
    [...Map.groupBy(told, ({ status }) => status)].map(([status, [first]]) => {
      const { description = '', body = {} } = first ?? {}
      const schema = status === 400 ? faultSchema(contract, body) : schemaOf(body)
      return [String(status), { description, content: { 'application/json': { schema, example: body } } }] as const
    }),
  )
}

function tell(contract: Contract, problem: Problem): { status: number; body: object } {
  const { status, body } = contract.renderProblem(problem, SAMPLE_ID)
  return { status, body: JSON.parse(JSON.stringify(body)) as object } // every contract has objects
}

/** What is wrong with single fields may look otherwise: by the field's name. */
function faultSchema(contract: Contract, plain: object): JsonSchema {
  const { body } = tell(contract, invalid([{ pointer: '/field', detail: 'What is wrong with it' }]))
  if (!('field' in body)) return schemaOf(plain)
  const byField: JsonSchema = {
    type: 'object',
    description: 'By field, what is wrong with it',
    additionalProperties: { type: 'array', items: { type: 'string' } },
  }
  return { anyOf: [schemaOf(plain), byField] }
}

/** What errors are made of, in one contract or another. */
const MEMBERS: Record<string, string | undefined> = {
  code: 'The HTTP status once more',
  message: 'What is wrong, in a sentence',
  detail: 'What is wrong, in a sentence',
  requestId: 'Finds the call in the log',
}

/** The schema of errors that look like this one, which are flat. */
function schemaOf(error: object): JsonSchema {
  const properties = Object.entries(error).map(([name, value]): [string, JsonSchema] => {
    const type = typeof value === 'number' ? 'integer' : 'string'
    return [name, { type, ...(MEMBERS[name] === undefined ? {} : { description: MEMBERS[name] }) }]
  })
  return { type: 'object', properties: Object.fromEntries(properties), required: Object.keys(error) }
}

import type { Contract } from '../contracts/contract.ts'
import { Problem, type ProblemStatus } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { COMMON_ERRORS, describeOperation, type Operation, type ResponseObject } from './operation.ts'
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
    ...(operation.parameters === undefined
      ? {}
      : { parameters: operation.parameters.map((each) => (each.in === 'path' ? { ...each, schema: TEXT } : each)) }),
    responses: { ...(success === undefined ? {} : { [route.status]: success }), ...errors(route, contract) },
  }
}

/** What an id looks like is each contract's to say. */
const TEXT: JsonSchema = { type: 'string' }

/** Each problem that can occur, as the contract itself tells it. */
function errors(route: Route, contract: Contract): Record<string, ResponseObject> {
  const told = ([400, 401, 403, 404, 409, 413, 429, 500, 503] as const).flatMap((status) => {
    if (route.body === null && status === 413) return []
    const description = status === 409 ? 'The state of things does not allow it' : COMMON_ERRORS[status]
    return [tell(contract, status, description)]
  })
  return Object.fromEntries(
    [...Map.groupBy(told, ({ status }) => status)].map(([status, [first]]) => {
      const { description = '', body } = first ?? {}
      return [
        String(status),
        { description, content: { 'application/json': { schema: schemaOf(body), example: body } } },
      ] as const
    }),
  )
}

function tell(contract: Contract, status: ProblemStatus, description: string) {
  const told = contract.renderProblem(new Problem(status, description), SAMPLE_ID)
  const body = JSON.parse(JSON.stringify(told.body)) as unknown
  return { status: told.status, description, body }
}

/** The schema of values that look like this one. */
function schemaOf(value: unknown): JsonSchema {
  if (value === null) return {}
  if (Array.isArray(value)) return { type: 'array', items: value.length === 0 ? {} : schemaOf(value[0]) }
  if (typeof value === 'object') {
    const properties = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, schemaOf(member)]))
    return { type: 'object', properties, required: Object.keys(properties) }
  }
  return { type: typeof value as 'string' | 'number' | 'boolean' } // JSON has no others
}

import { expect, test } from '@jest/globals'
import * as contracts from '@redrive/contracts'
import { z } from 'zod'

/** The OpenAPI document is made from these schemas: each must have a JSON Schema, as it is read from a request. */
const schemas = Object.entries(contracts).flatMap(([name, value]) =>
  value instanceof z.ZodType ? [{ name, schema: value }] : [],
)

test('there are as many schemas as one would think', () => {
  expect(schemas.length).toBeGreaterThan(20)
})

test.each(schemas)('$name has a JSON Schema', ({ schema }) => {
  expect(Object.keys(z.toJSONSchema(schema, { io: 'input' })).length).toBeGreaterThan(1)
})

import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { OpenApiDocument } from '../src/openapi/document.ts'
import type { Operation, ResponseObject } from '../src/openapi/operation.ts'
import type { JsonSchema } from '../src/openapi/schemas.ts'

/** Holds values against the document's schemas, as someone who knows nothing but the document would. */
export function checkerOf(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // its types are those of CommonJS: what is the function itself is seen as a module around it
  ;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
  const whole = JSON.parse(JSON.stringify(document)) as { components: { schemas: Record<string, JsonSchema> } }
  // answers may grow, but what they have today is all described
  Object.values(whole.components.schemas).forEach(close)
  ajv.addSchema(whole, 'document')

  return {
    /** Why the value does not fit, or null. */
    problems: (schema: JsonSchema, value: unknown): string | null => {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as JsonSchema
      close(absolute)
      const validate = ajv.compile(absolute)
      return validate(value) ? null : ajv.errorsText(validate.errors)
    },
    response: (response: Operation['responses'][string]): ResponseObject | undefined =>
      '$ref' in response ? document.components.responses[response.$ref.split('/').at(-1) ?? ''] : response,
  }
}

/** Members that are not described are refused too. */
function close(schema: JsonSchema): void {
  if (schema.properties !== undefined) schema.additionalProperties ??= false
  for (const part of Object.values(schema)) {
    if (typeof part === 'object' && part !== null) close(part as JsonSchema)
  }
}

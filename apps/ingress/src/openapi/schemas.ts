import { isDeepStrictEqual } from 'node:util'
import * as contracts from '@redrive/contracts'
import { z } from 'zod'

export type JsonSchema = z.core.JSONSchema.BaseSchema

export interface Schemas {
  /** the JSON Schema of something that a client sends */
  ofRequest(schema: z.ZodType): JsonSchema
  /** the JSON Schema of an answer */
  ofAnswer(schema: z.ZodType): JsonSchema
  /** what the others refer to, by name */
  components: Record<string, JsonSchema>
}

const COMPONENTS = '#/components/schemas/'
const DEFS = '#/$defs/'

/**
 * The JSON Schemas of zod schemas. Those that `@redrive/contracts` exports become named components, under the name of
 * their export; what looks different in a request (where defaults may be left out) gets the name with `Input`.
 */
export function convertSchemas(requests: ReadonlySet<z.ZodType>, answers: ReadonlySet<z.ZodType>): Schemas {
  const asked = convert([...requests], 'input')
  const answered = convert([...answers], 'output')
  const different = differing(asked.defs, answered.defs)
  const inRequest = (name: string): string => (different.has(name) ? `${name}Input` : name)
  const components = [
    ...Object.entries(answered.defs),
    ...Object.entries(asked.defs).map(([name, schema]) => [inRequest(name), renamed(schema, inRequest)] as const),
  ]
  return {
    ofRequest: (schema) => renamed(asked.of(schema), inRequest),
    ofAnswer: (schema) => answered.of(schema),
    components: Object.fromEntries(components),
  }
}

/** Follows a reference into the components, if the schema is one. */
export function resolve(schema: JsonSchema, components: Record<string, JsonSchema>): JsonSchema {
  const name = schema.$ref?.slice(COMPONENTS.length)
  return name === undefined ? schema : (components[name] ?? schema)
}

/** Names for the schemas that contracts exports, beside what they say of themselves. */
class Names extends z.core.$ZodRegistry<z.core.GlobalMeta> {
  override get(schema: z.core.$ZodType) {
    const name = super.get(schema)
    const said = z.globalRegistry.get(schema)
    return name === undefined && said === undefined ? undefined : { ...said, ...name }
  }
}

function convert(schemas: z.ZodType[], io: 'input' | 'output') {
  const names = new Names()
  for (const [name, value] of Object.entries(contracts)) {
    if (value instanceof z.ZodType) names.add(value, { id: name.charAt(0).toUpperCase() + name.slice(1) })
  }
  // all at once, so that what they share is shared
  const all = z.object(Object.fromEntries(schemas.map((schema, index) => [String(index), schema])))
  const converted = z.toJSONSchema(all, { io, metadata: names, override: simplify })
  const anonymous = Object.keys(converted.$defs ?? {}).filter((name) => name.startsWith('__'))
  const nameOf = (name: string): string => {
    const index = anonymous.indexOf(name)
    return index < 0 ? name : index === 0 ? 'Json' : `Json${String(index + 1)}`
  }
  const defs = Object.entries(converted.$defs ?? {}).map(([name, schema]) => {
    return [nameOf(name), renamed(withoutId(schema), nameOf)] as const
  })
  return {
    defs: Object.fromEntries(defs),
    of(schema: z.ZodType): JsonSchema {
      const found = converted.properties?.[String(schemas.indexOf(schema))]
      if (typeof found !== 'object') throw new Error('the schema is not among those that were converted')
      return renamed(withoutId(found), nameOf)
    },
  }
}

/** What a format or a type says already is not said twice, and answers may grow. */
function simplify({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: JsonSchema }): void {
  if (jsonSchema.format !== undefined || jsonSchema.type === 'integer') delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (zodSchema._zod.def.type === 'object' && zodSchema._zod.def.catchall === undefined) {
    delete jsonSchema.additionalProperties
  }
}

/** The components that look different when they are sent and when they are answered, or refer to such. */
function differing(asked: Record<string, JsonSchema>, answered: Record<string, JsonSchema>): Set<string> {
  const texts = Object.entries(asked).flatMap(([name, schema]) => {
    const other = answered[name]
    return other === undefined ? [] : [{ name, text: JSON.stringify(schema), same: isDeepStrictEqual(schema, other) }]
  })
  const different = new Set(texts.filter(({ same }) => !same).map(({ name }) => name))
  for (let before = -1; before < different.size;) {
    before = different.size
    for (const { name, text } of texts) {
      if ([...different].some((other) => text.includes(`"${COMPONENTS}${other}"`))) different.add(name)
    }
  }
  return different
}

/** The same schema with its references under new names, in the document's components. */
function renamed(schema: JsonSchema, nameOf: (name: string) => string): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value
    return COMPONENTS + nameOf(value.replace(COMPONENTS, '').replace(DEFS, ''))
  }) as JsonSchema // what it was
}

function withoutId(schema: JsonSchema): JsonSchema {
  const rest = { ...schema }
  delete rest.id
  return rest
}

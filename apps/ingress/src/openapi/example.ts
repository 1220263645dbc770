import { EXAMPLES, SAMPLE_ID, SAMPLE_TIME, SAMPLES } from './samples.ts'
import { type JsonSchema, resolve } from './schemas.ts'

/**
 * An example of what a schema describes: the one that it names itself, one of those written by hand (by the component's
 * name, then by the member's), or else the plainest value that fits. A test holds every example against its schema.
 */
export function exampleOf(schema: JsonSchema, components: Record<string, JsonSchema>, member = ''): unknown {
  const [named] = schema.examples ?? []
  if (named !== undefined) return named
  const component = schema.$ref?.split('/').at(-1)
  if (component !== undefined && Object.hasOwn(EXAMPLES, component)) return EXAMPLES[component]
  if (schema.$ref !== undefined) return exampleOf(resolve(schema, components), components, member)
  if (Object.hasOwn(SAMPLES, member)) return SAMPLES[member]
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    const isNullable = choices.some((choice) => typeof choice === 'object' && choice.type === 'null')
    const [first] = choices
    return isNullable || typeof first !== 'object' ? null : exampleOf(first, components, member)
  }
  return plainest(schema, components, member)
}

function plainest(schema: JsonSchema, components: Record<string, JsonSchema>, member: string): unknown {
  switch (Array.isArray(schema.type) ? 'null' : schema.type) {
    case 'object':
      return Object.fromEntries(
        shownMembers(schema).map(([name, value]) => [name, exampleOf(value, components, name)] as const),
      )
    case 'array': {
      const items = Array.isArray(schema.items) ? schema.items[0] : schema.items
      return typeof items === 'object' ? [exampleOf(items, components, member)] : []
    }
    case 'string':
      if (schema.format === 'date-time') return SAMPLE_TIME
      return schema.format === 'uuid' ? SAMPLE_ID : 'text'.padEnd(schema.minLength ?? 0, '.')
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1)
    case 'boolean':
      return false
    case 'null':
      return null
    default:
      return {}
  }
}

/** What must be there; if nothing must, what there can be. */
function shownMembers({ properties = {}, required = [] }: JsonSchema): [string, JsonSchema][] {
  const members = Object.entries(properties).flatMap(([name, value]): [string, JsonSchema][] =>
    typeof value === 'object' ? [[name, value]] : [],
  )
  return required.length === 0 ? members : members.filter(([name]) => required.includes(name))
}

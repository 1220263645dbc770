import { isStorable } from './text.ts'

/** A JSON value as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** Conditions on an event's payload: `{"data.total": {"$gte": 100}}`. All data, no code. docs/api.md, "Who gets an event". */
export type EventFilter = Record<string, JsonValue>

export interface FilterProblem {
  /** JSON pointer from the filter's root */
  pointer: string
  detail: string
}

const MAX_VALUES = 200
const MAX_DEPTH = 10
const MAX_PATH_LENGTH = 256

type JsonObject = Record<string, JsonValue>
type Found = JsonValue | undefined
type Comparison = (value: Found, operand: JsonValue) => boolean

/**
 * What can be asked of the value at a path; a path that leads nowhere has none. Only like is compared in order: numbers
 * with numbers, strings with strings (by code unit, which suits ISO times).
 */
const COMPARISONS = new Map<string, Comparison>([
  ['$eq', isEqual],
  ['$ne', (value, operand) => !isEqual(value, operand)],
  ['$in', isAmong],
  ['$nin', (value, operand) => !isAmong(value, operand)],
  ['$gt', (value, operand) => (order(value, operand) ?? 0) > 0],
  ['$gte', (value, operand) => (order(value, operand) ?? -1) >= 0],
  ['$lt', (value, operand) => (order(value, operand) ?? 0) < 0],
  ['$lte', (value, operand) => (order(value, operand) ?? 1) <= 0],
  ['$exists', (value, operand) => (value !== undefined) === operand],
  ['$not', (value, operand) => isObject(operand) && !holds(operand, value)],
])

/**
 * Whether the payload meets every condition of a filter that `checkFilter` accepts. Keys are dot paths from the
 * payload's root, through own members and array indices; `$and`, `$or` and `$not` combine filters. A path that leads
 * nowhere equals nothing, null included; `$exists` asks for it.
 */
export function matchesFilter(filter: EventFilter, payload: JsonValue): boolean {
  return Object.entries(filter).every(([key, operand]) => {
    switch (key) {
      case '$and':
        return Array.isArray(operand) && operand.every((part) => isObject(part) && matchesFilter(part, payload))
      case '$or':
        return Array.isArray(operand) && operand.some((part) => isObject(part) && matchesFilter(part, payload))
      case '$not':
        return isObject(operand) && !matchesFilter(operand, payload)
      default: {
        const value = lookUp(payload, key)
        return isConditions(operand) ? holds(operand, value) : isEqual(value, operand)
      }
    }
  })
}

/** What is wrong with a filter, naming the rule; empty if nothing is. */
export function checkFilter(filter: EventFilter): FilterProblem[] {
  const problems: FilterProblem[] = []
  let values = 0

  function report(pointer: string, detail: string): void {
    problems.push({ pointer, detail })
  }

  function walkFilter(value: JsonValue, pointer: string, depth: number): void {
    if (!isObject(value)) {
      report(pointer, 'Expected a filter: an object of paths or of $and, $or, $not')
      return
    }
    if (!withinBounds(pointer, depth)) return
    for (const [key, operand] of Object.entries(value)) {
      const at = `${pointer}/${pointerToken(key)}`
      if (key === '$not') walkFilter(operand, at, depth + 1)
      else if (key === '$and' || key === '$or') walkFilters(operand, at, depth + 1)
      else if (key.startsWith('$'))
        report(
          at,
          `At this place only $and, $or and $not are known, not ${shown(key)}; comparisons belong under a path`,
        )
      else {
        checkPath(key, at)
        if (isConditions(operand)) walkConditions(operand, at, depth + 1)
        else walkOperand(operand, at, depth + 1)
      }
    }
  }

  function walkFilters(value: JsonValue, pointer: string, depth: number): void {
    if (!Array.isArray(value) || value.length === 0) report(pointer, 'Expected a list of at least one filter')
    else for (const [index, part] of value.entries()) walkFilter(part, `${pointer}/${String(index)}`, depth + 1)
  }

  function walkConditions(conditions: JsonObject, pointer: string, depth: number): void {
    if (!withinBounds(pointer, depth)) return
    for (const [operator, operand] of Object.entries(conditions)) {
      const at = `${pointer}/${pointerToken(operator)}`
      const problem = operatorProblem(operator, operand)
      if (problem !== null) report(at, problem)
      else if (operator === '$not' && isObject(operand)) walkConditions(operand, at, depth + 1)
      else walkOperand(operand, at, depth + 1)
    }
  }

  function walkOperand(value: JsonValue, pointer: string, depth: number): void {
    if (!withinBounds(pointer, depth)) return
    if (typeof value === 'string' && !isStorable(value)) report(pointer, 'NUL and lone surrogates are not allowed here')
    if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) walkOperand(element, `${pointer}/${String(index)}`, depth + 1)
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        const at = `${pointer}/${pointerToken(key)}`
        if (key.startsWith('$'))
          report(at, 'Operators stand directly under a path; reach inner members with a dot path')
        if (!isStorable(key)) report(at, 'NUL and lone surrogates are not allowed here')
        walkOperand(member, at, depth + 1)
      }
    }
  }

  function checkPath(path: string, pointer: string): void {
    if (path.length > MAX_PATH_LENGTH) report(pointer, `A path has at most ${String(MAX_PATH_LENGTH)} characters`)
    else if (path.split('.').includes('')) report(pointer, 'A path is made of member names separated by single dots')
    else if (!isStorable(path)) report(pointer, 'NUL and lone surrogates are not allowed here')
  }

  /** False once a bound is passed: reported once, and nothing below is walked. */
  function withinBounds(pointer: string, depth: number): boolean {
    values += 1
    if (values === MAX_VALUES + 1) report(pointer, `A filter has at most ${String(MAX_VALUES)} values`)
    if (depth > MAX_DEPTH) report(pointer, `A filter is nested at most ${String(MAX_DEPTH)} deep`)
    return values <= MAX_VALUES && depth <= MAX_DEPTH
  }

  walkFilter(filter, '', 0)
  return problems
}

function operatorProblem(operator: string, operand: JsonValue): string | null {
  switch (operator) {
    case '$eq':
    case '$ne':
      return null
    case '$in':
    case '$nin':
      return Array.isArray(operand) ? null : `${operator} takes a list`
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return typeof operand === 'number' || typeof operand === 'string'
        ? null
        : `${operator} takes a number or a string`
    case '$exists':
      return typeof operand === 'boolean' ? null : '$exists takes true or false'
    case '$not':
      return isConditions(operand) ? null : '$not under a path takes an object of operators'
    case '$and':
    case '$or':
      return `${operator} combines filters: it stands beside paths, not under one`
    default:
      return `${shown(operator)} is not an operator; known: ${[...COMPARISONS.keys()].join(' ')}`
  }
}

function holds(conditions: JsonObject, value: Found): boolean {
  return Object.entries(conditions).every(([operator, operand]) => COMPARISONS.get(operator)?.(value, operand) ?? false)
}

/** An object with an operator in it is a set of conditions; any other value stands for `$eq`. */
function isConditions(value: JsonValue): value is JsonObject {
  return isObject(value) && Object.keys(value).some((key) => key.startsWith('$'))
}

function lookUp(payload: JsonValue, path: string): Found {
  let value: Found = payload
  for (const name of path.split('.')) {
    if (Array.isArray(value)) value = /^(?:0|[1-9][0-9]*)$/.test(name) ? value[Number(name)] : undefined
    else if (isObject(value) && Object.hasOwn(value, name)) value = value[name]
    else return undefined
  }
  return value
}

function isAmong(value: Found, operand: JsonValue): boolean {
  return Array.isArray(operand) && operand.some((candidate) => isEqual(value, candidate))
}

/** Deep equality; the work is bounded by the operand, which `checkFilter` bounds, once a value's members are counted. */
function isEqual(value: Found, operand: JsonValue): boolean {
  if (Array.isArray(operand)) {
    return (
      Array.isArray(value) &&
      value.length === operand.length &&
      operand.every((element, index) => isEqual(value[index], element))
    )
  }
  if (isObject(operand)) {
    if (!isObject(value)) return false
    const entries = Object.entries(operand)
    return (
      entries.length === memberCount(value) &&
      entries.every(([key, member]) => Object.hasOwn(value, key) && isEqual(value[key], member))
    )
  }
  return value === operand
}

/** Of payloads: a filter may compare one object of many thousand members two hundred times. */
const memberCounts = new WeakMap<JsonObject, number>()

function memberCount(object: JsonObject): number {
  const count = memberCounts.get(object) ?? Object.keys(object).length
  memberCounts.set(object, count)
  return count
}

function order(value: Found, operand: JsonValue): number | null {
  if (typeof value === 'number' && typeof operand === 'number') return value - operand
  if (typeof value === 'string' && typeof operand === 'string') return value < operand ? -1 : Number(value > operand)
  return null
}

function isObject(value: Found): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function shown(key: string): string {
  return key.length > 40 ? `${key.slice(0, 40)}…` : key
}

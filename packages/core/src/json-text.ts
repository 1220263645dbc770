import type { JsonValue } from './filter.ts'

/**
 * JSON as text. Payloads are kept byte for byte, so their text is cut out of the request's body instead of being written
 * anew from a parsed value. Every function is linear, and none recurses.
 */

export type ParsedJson = { kind: 'value'; value: JsonValue } | { kind: 'problem'; detail: string }

export type JsonSlice = { kind: 'found'; text: string } | { kind: 'missing' } | { kind: 'duplicate'; member: string }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c

/** Parses, unless arrays and objects are nested deeper than `maxDepth`: code that walks the value may then recurse. */
export function parseJson(text: string, { maxDepth }: { maxDepth: number }): ParsedJson {
  if (isDeeper(text, maxDepth))
    return { kind: 'problem', detail: `The JSON is nested deeper than ${String(maxDepth)} levels` }
  try {
    // JSON.parse makes nothing but JSON values, and `__proto__` an ordinary member
    return { kind: 'value', value: JSON.parse(text) as JsonValue }
  } catch (error) {
    // the engine's message quotes the input, which may be secret
    const position = error instanceof Error ? /at position [0-9]+/.exec(error.message)?.[0] : undefined
    return {
      kind: 'problem',
      detail: position === undefined ? 'This is not valid JSON' : `This is not valid JSON (${position})`,
    }
  }
}

/**
 * The exact text of the member at `path` (names of members, from the outermost object inwards). `json` must be valid
 * JSON. `missing` also where there is no object to look into. A name that occurs twice in an object on the way is
 * reported: parsers differ in which one they take, and the one that was checked must be the one that is sent.
 */
export function memberText(json: string, path: readonly string[]): JsonSlice {
  let at = skipSpace(json, 0)
  for (const name of path) {
    if (json.charCodeAt(at) !== OPEN_BRACE) return { kind: 'missing' }
    const seen = new Set<string>()
    let found = -1
    for (const child of children(json, at)) {
      if (seen.has(child.name)) return { kind: 'duplicate', member: child.name }
      seen.add(child.name)
      if (child.name === name) found = child.start
    }
    if (found === -1) return { kind: 'missing' }
    at = found
  }
  return { kind: 'found', text: json.slice(at, endOfValue(json, at)) }
}

/** The exact texts of an array's elements; none if it is no array. `json` must be valid JSON. */
export function elementTexts(json: string): string[] {
  const at = skipSpace(json, 0)
  if (json.charCodeAt(at) !== OPEN_BRACKET) return []
  return Array.from(children(json, at), (child) => json.slice(child.start, child.end))
}

/** The members of the object, or the elements (without names) of the array, that begins at `open`. */
function* children(json: string, open: number): Generator<{ name: string; start: number; end: number }> {
  const isObject = json.charCodeAt(open) === OPEN_BRACE
  let at = skipSpace(json, open + 1)
  if (isCloser(json.charCodeAt(at))) return
  for (;;) {
    let name = ''
    if (isObject) {
      const nameEnd = endOfString(json, at)
      name = memberName(json.slice(at, nameEnd))
      at = skipSpace(json, skipSpace(json, nameEnd) + 1)
    }
    const end = endOfValue(json, at)
    yield { name, start: at, end }
    const separator = skipSpace(json, end)
    if (json.charCodeAt(separator) !== COMMA) return
    at = skipSpace(json, separator + 1)
  }
}

function memberName(quoted: string): string {
  // a JSON string parses to a string
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
}

function endOfValue(json: string, start: number): number {
  const first = json.charCodeAt(start)
  if (first === QUOTE) return endOfString(json, start)
  let depth = 0
  for (let at = start; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at) - 1
    else if (isOpener(code)) depth++
    else if (isCloser(code)) {
      // a number or literal ends before its parent's bracket, a container after its own
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (code === COMMA || isSpace(code))) return at
  }
  return json.length
}

/** The offset after the string that begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    if (!isEscaped(json, at)) return at + 1
  }
  return json.length
}

/** Whether the quote at `at` follows an odd number of backslashes. */
function isEscaped(json: string, at: number): boolean {
  let before = at - 1
  while (json.charCodeAt(before) === BACKSLASH) before--
  return (at - 1 - before) % 2 === 1
}

function isDeeper(json: string, maxDepth: number): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at) - 1
    else if (isOpener(code) && ++depth > maxDepth) return true
    else if (isCloser(code)) depth--
  }
  return false
}

function skipSpace(json: string, start: number): number {
  let at = start
  while (isSpace(json.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

function isOpener(code: number): boolean {
  return code === OPEN_BRACE || code === OPEN_BRACKET
}

function isCloser(code: number): boolean {
  return code === CLOSE_BRACE || code === CLOSE_BRACKET
}

/** Bounds for the headers that an owner adds to an endpoint's requests. */
export const HEADER_BOUNDS = { maxCount: 50, maxNameLength: 128, maxValueLength: 4096 } as const

// RFC 9110, 5.6.2
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// visible ASCII, with spaces and tabs between
const VALUE = /^[\x20-\x7e\t]*$/

const RESERVED_PREFIXES = ['webhook-', 'redrive-']
/** Redrive's own, and those that describe the message and so must be true. */
const RESERVED = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'user-agent',
  'date',
  'x-violet-event-id-source',
  '__proto__',
])
/** They belong to the connection (RFC 9110, 7.6.1), or change how the exchange goes. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
])

/** Why a name can't be used for an added header, in a sentence that names the rule; null if it can. */
export function checkHeaderName(name: string): string | null {
  const lower = name.toLowerCase()
  if (name.length > HEADER_BOUNDS.maxNameLength) {
    return `A header's name has at most ${String(HEADER_BOUNDS.maxNameLength)} characters`
  }
  if (!TOKEN.test(name)) return "A header's name consists of letters, digits and !#$%&'*+-.^_`|~"
  if (RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    return `The header ${lower} is reserved: Redrive sets it`
  }
  if (HOP_BY_HOP.has(lower) || lower.startsWith('proxy-')) {
    return `The header ${lower} is hop-by-hop: it belongs to the connection, not to the request`
  }
  return null
}

/** Why a header can't be added to an endpoint's requests, in a sentence that names the rule; null if it can. */
export function checkHeader(name: string, value: string): string | null {
  const problem = checkHeaderName(name)
  if (problem !== null) return problem
  if (value.length > HEADER_BOUNDS.maxValueLength) {
    return `A header's value has at most ${String(HEADER_BOUNDS.maxValueLength)} characters`
  }
  return VALUE.test(value)
    ? null
    : "A header's value consists of visible ASCII characters, spaces and tabs (no line breaks)"
}

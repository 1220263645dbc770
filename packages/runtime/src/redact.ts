/**
 * Takes secrets out of what is about to be logged. By name: a field that is called like a secret loses its value. By
 * look: keys of ours (`rdk_…`), signing secrets (`whsec_…`, `whsk_…`), bearer tokens and passwords in connection
 * strings lose theirs wherever in a text they stand.
 */
const REDACTED = '[redacted]'
const MAX_DEPTH = 6

const SECRET_WORD = /secret|passw|authorization|cookie|token|credential|(?:^|[^a-z])keys?$/i
const SECRET_CAMEL = /[a-z]Keys?$/
/** Names that end in "key" and are none. */
const PLAIN_NAME = /^(idempotency|partition|sort|public)[-_]?keys?$/i

const LOOKS_SECRET = /rdk_|whs(?:ec|k)_|bearer |basic |:\/\/[^\s/]*@/i
const SECRET_TEXTS: readonly [RegExp, string][] = [
  [/\brdk_([A-Za-z0-9-]+)_[A-Za-z0-9_-]+/g, `rdk_$1_${REDACTED}`],
  [/\b(whsec_|whsk_)[A-Za-z0-9+/_=-]+/g, `$1${REDACTED}`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/(:\/\/[^\s/:@]*):[^\s/]*@/g, `$1:${REDACTED}@`],
]

/** The text without the secrets in it. */
export function redactText(text: string): string {
  if (!LOOKS_SECRET.test(text)) return text
  return SECRET_TEXTS.reduce((cleaned, [pattern, replacement]) => cleaned.replace(pattern, replacement), text)
}

/** A copy of the fields that is safe to write down: redacted, errors spelt out, nothing that JSON can't say. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactObject(fields, 0, new Set())
}

function redactObject(value: object, depth: number, parents: Set<object>): Record<string, unknown> {
  parents.add(value)
  const copy: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    copy[name] = isSecretName(name) && carriesText(field) ? REDACTED : redactValue(field, depth + 1, parents)
  }
  parents.delete(value)
  return copy
}

function isSecretName(name: string): boolean {
  return (SECRET_WORD.test(name) || SECRET_CAMEL.test(name)) && !PLAIN_NAME.test(name)
}

/** A count of secrets or a yes-or-no about a key gives nothing away. */
function carriesText(field: unknown): boolean {
  return typeof field === 'string' || (typeof field === 'object' && field !== null)
}

function redactValue(value: unknown, depth: number, parents: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'bigint':
    case 'symbol':
    case 'function':
      return String(value)
    case 'object':
      break
    default:
      return value
  }
  if (value === null) return null
  if (value instanceof Date) return value
  if (depth > MAX_DEPTH || parents.has(value)) return '[…]'
  if (value instanceof Error) return describeError(value, depth, parents)
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`
  if (!Array.isArray(value)) return redactObject(value, depth, parents)
  parents.add(value)
  const copy = value.map((entry) => redactValue(entry, depth + 1, parents))
  parents.delete(value)
  return copy
}

/**
 * `message`, `stack` and `cause` of an error are not enumerable, so a plain copy would lose them. Of what libraries hang on
 * their errors only plain values are told (`code`, `syscall`): a client of Redis hangs the command there, and a
 * refused login is a command with the password in it.
 */
function describeError(error: Error, depth: number, parents: Set<object>): Record<string, unknown> {
  const plain = Object.entries(error).filter(([, value]) => typeof value !== 'object' && typeof value !== 'function')
  return {
    name: error.name,
    message: redactText(error.message),
    ...redactObject(Object.fromEntries(plain), depth, parents),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1, parents) }),
  }
}

import type { components } from './generated/api.ts'

type Problem = components['schemas']['Problem']

/** Redrive has refused a call, or could not answer it. */
export class RedriveError extends Error {
  /** of HTTP */
  readonly status: number
  /** finds the call in Redrive's log */
  readonly requestId: string | null
  /** what is wrong with the request, each with a pointer into it */
  readonly errors: NonNullable<Problem['errors']>

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `Redrive answered ${String(status)}`)
    this.name = 'RedriveError'
    this.status = status
    this.requestId = problem.requestId ?? null
    this.errors = problem.errors ?? []
  }
}

/**
 * No answer came, or not all of it, or one that is not Redrive's: the address is wrong, the network is down, a proxy
 * answered, or it took too long. The call may have been carried out.
 */
export class RedriveUnreachable extends Error {
  constructor(url: string, cause: unknown) {
    super(`No answer from ${url}: ${describe(cause)}`, { cause })
    this.name = 'RedriveUnreachable'
  }
}

/** fetch says "fetch failed", and the reason is inside. */
function describe(cause: unknown): string {
  const inner = member(cause, 'cause')
  const reasons: unknown = member(inner, 'errors')
  const innermost: unknown = Array.isArray(reasons) ? reasons[0] : inner
  return [innermost, cause].map((error) => member(error, 'message')).find(isText) ?? String(cause)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

import type { FieldProblem } from '@redrive/contracts'
import { QuietError } from '@redrive/runtime'

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

export type ProblemStatus = keyof typeof TITLES

/**
 * What the API answers instead of a result (RFC 9457). Thrown by the HTTP layer only, and rendered in one place; a
 * contract with error bodies of its own renders it differently. `detail` is for the caller and never holds a secret.
 */
export class Problem extends QuietError {
  readonly status: ProblemStatus
  readonly detail: string
  readonly errors: FieldProblem[] | null
  readonly headers: Record<string, string>

  constructor(
    status: ProblemStatus,
    detail: string,
    options: { errors?: FieldProblem[]; headers?: Record<string, string> } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.detail = detail
    this.errors = options.errors ?? null
    this.headers = options.headers ?? {}
  }

  get title(): string {
    return TITLES[this.status]
  }
}

/** What does not exist, or belongs to another tenant: the same answer for both. */
export function notFound(what: string): Problem {
  return new Problem(404, `There is no such ${what}`)
}

export function invalid(errors: FieldProblem[]): Problem {
  const [only] = errors
  const detail =
    errors.length === 1 && only ? only.detail : `${String(errors.length)} things are wrong with the request`
  return new Problem(422, detail, { errors })
}

/** `seconds`: when trying again makes sense. */
export function unavailable(detail: string, seconds: number): Problem {
  return new Problem(503, detail, { headers: { 'retry-after': String(seconds) } })
}

export function overloaded(seconds: number): Problem {
  return unavailable('Too much is waiting already; nothing was done', seconds)
}

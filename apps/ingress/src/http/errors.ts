import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { Overloaded } from '@redrive/runtime'
import { StoreUnavailable } from '@redrive/store'
import { TooManyEvents } from '../services/ingest-limit.ts'
import { exchangeOf } from './exchange.ts'
import { notFound, overloaded, Problem, unavailable } from './problem.ts'

/** Answers whatever was thrown, as a contract's own words have it; `send` renders. */
export function createErrorHandler(
  send: (response: Response, problem: Problem, requestId: string) => void,
): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { log, requestId } = exchangeOf(request)
    const problem = toProblem(error)
    if (problem.status === 500) log.error('request failed', { error })
    else if (error instanceof StoreUnavailable) log.warn('database unavailable', { reason: describe(error.cause) })
    if (response.headersSent) {
      next(error)
      return
    }
    send(response, problem, requestId)
  }
}

/** Answers whatever was thrown as `application/problem+json`. The last handler of the application. */
export const renderErrors: ErrorRequestHandler = createErrorHandler(sendProblem)

/** What no route took. */
export const refuseUnknown: RequestHandler = () => {
  throw notFound('path here')
}

/** The one translation of trouble into an answer. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof StoreUnavailable)
    return unavailable('The database is not available, or its answer was lost; nothing is half done', 2)
  if (error instanceof TooManyEvents) return tooMany(error)
  if (error instanceof Overloaded) return overloaded(1)
  // Express's router: a path that does not decode names nothing
  if (error instanceof URIError) return notFound('path here')
  if (isUnreadable(error)) return new Problem(400, 'The body can’t be read')
  return new Problem(500, 'Something went wrong on our side; the request id finds it in the log')
}

/** With the headers of the IETF's RateLimit draft in their widespread form. */
function tooMany({ perSecond, remaining }: TooManyEvents): Problem {
  return new Problem(429, `This tenant may publish ${String(perSecond)} events a second; nothing was done`, {
    headers: {
      'retry-after': '1',
      'ratelimit-limit': String(perSecond),
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': '1',
    },
  })
}

/** Express's own body parsers, which the pages for people use, mark what is the caller's fault. */
function isUnreadable(error: unknown): boolean {
  if (!(error instanceof Error) || !('expose' in error) || !('status' in error)) return false
  return error.expose === true && typeof error.status === 'number' && error.status >= 400 && error.status < 500
}

function sendProblem(response: Response, problem: Problem, requestId: string): void {
  const body = JSON.stringify({
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    requestId,
    ...(problem.errors === null ? {} : { errors: problem.errors }),
  })
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value)
  response.status(problem.status).setHeader('content-type', 'application/problem+json')
  response.end(body)
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

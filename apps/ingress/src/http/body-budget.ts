import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'

/** What a request's body holds of the budget, until its answer is out. */
interface Account {
  /** false, and nothing taken, if all bodies together would then be larger than the budget */
  take(bytes: number): boolean
}

const accounts = new WeakMap<IncomingMessage, Account>()

/**
 * Bounds the bytes of all bodies in memory together, from their arrival until the answer: each request keeps to its own
 * limit, but a thousand at once would still be a thousand times that.
 */
export function bodyBudget(maxBytes: number): RequestHandler {
  let used = 0
  return (request, response, next) => {
    let taken = 0
    accounts.set(request, {
      take(bytes) {
        if (used + bytes > maxBytes) return false
        used += bytes
        taken += bytes
        return true
      },
    })
    response.once('close', () => {
      used -= taken
      accounts.delete(request)
    })
    next()
  }
}

/** Whether these bytes of the request's body may be kept. */
export function mayKeep(request: IncomingMessage, bytes: number): boolean {
  return accounts.get(request)?.take(bytes) ?? true
}

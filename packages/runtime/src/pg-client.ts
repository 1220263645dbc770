import type { Socket } from 'node:net'
import pg from 'pg'

type Answer = (error: Error | null, result?: unknown) => void

/**
 * pg's client, for a pool: a connection whose server says nothing for `silenceMs` while a query waits for it is ended, and
 * the query rejects (`Query read timeout`).
 *
 * pg's own promises and its `query_timeout` do that by function literals which they assign to the query, and these V8
 * makes old at once: each keeps its query's result until the next full collection, and every collection of young objects
 * in between has that to copy (ten milliseconds instead of one). So queries are asked with callbacks here.
 */
export function pgClient(silenceMs: number): typeof pg.Client {
  return class extends pg.Client {
    #waiting = 0

    constructor(config?: string | pg.ClientConfig) {
      super(config)
      this.once('connect', () => {
        // of every client of pg, though its types leave it out
        const { stream } = (this as unknown as { connection: { stream: Socket } }).connection
        stream.setTimeout(silenceMs)
        stream.on('timeout', () => {
          if (this.#waiting > 0) stream.destroy(new Error('Query read timeout'))
        })
      })
    }

    override query(...args: unknown[]): never {
      const last = args.at(-1)
      if (typeof last === 'function') return this.#ask(args.slice(0, -1), last as Answer)
      return new Promise((resolve, reject) => {
        this.#ask(args, (error, result) => {
          if (error) reject(error)
          else resolve(result)
        })
      }) as never
    }

    #ask(args: unknown[], answer: Answer): never {
      this.#waiting += 1
      const query = super.query.bind(this) as (...args: unknown[]) => never
      return query(...args, (error: Error | null, result?: unknown) => {
        this.#waiting -= 1
        answer(error, result)
      })
    }
  }
}

import type { Socket } from 'node:net'
import type pg from 'pg'

/** Of every client of pg, though its types leave it out. */
interface Internals {
  connection: { stream: Socket }
  /** the server has answered all that it was asked */
  readyForQuery: boolean
}

/**
 * pg's client, for a pool: a connection whose server says nothing for `silenceMs` while a query waits for it is ended, and
 * the query rejects (`Query read timeout`).
 *
 * pg's own promises and its `query_timeout` do that by function literals which they assign to the query, and these V8
 * makes old at once: each keeps its query's result until the next full collection, and every collection of young objects
 * in between has that to copy (ten milliseconds instead of one). So queries are asked with callbacks here.
 */
export function pgClient(Client: typeof pg.Client, silenceMs: number): typeof pg.Client {
  return class extends Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config)
      this.once('connect', () => {
        const client = this as unknown as Internals
        const { stream } = client.connection
        stream.setTimeout(silenceMs)
        stream.on('timeout', () => {
          if (!client.readyForQuery) stream.destroy(new Error('Query read timeout'))
        })
      })
    }

    override query(config: unknown, values?: unknown, callback?: unknown): never {
      const query = super.query.bind(this) as (...args: unknown[]) => never
      const submits = typeof config === 'object' && config !== null && 'submit' in config
      if (submits || typeof values === 'function' || typeof callback === 'function') {
        return query(config, values, callback)
      }
      return new Promise((resolve, reject) => {
        query(config, values, (error: Error | null, result?: unknown) => {
          if (error) reject(error)
          else resolve(result)
        })
      }).catch((error: unknown) => {
        // where it was asked says more than where the answer was read
        if (error instanceof Error) Error.captureStackTrace(error)
        throw error
      }) as never
    }
  }
}

import { EventEmitter } from 'node:events'
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq'

/** What BullMQ's consumers send on the client that they keep: the jobs of all queues are announced on this channel. */
const LISTEN = 'LISTEN bullmq_jobs'

/** What is needed of a `pg.Client` to listen by. */
type Listening = EventEmitter & { query(text: string): Promise<unknown>; end(): Promise<void> }

/**
 * A pool for BullMQ with which all of this process hears of new jobs by one connection. Each consumer keeps a client to
 * listen by, and PostgreSQL would wake every one of them for each job of any queue. They still have it, since workers are
 * known by its name, but it is silent. `close` ends the connection.
 */
export function withOneListener(
  pool: PgPool,
  openConnection: () => Promise<Listening>,
): { pool: PgPool; close: () => Promise<void> } {
  const air = new EventEmitter().setMaxListeners(0)
  let opening: Promise<void> | undefined
  let current: Listening | undefined
  let closed = false

  async function open(): Promise<void> {
    const connection = await openConnection()
    const broken = (error = new Error('the connection that listens for jobs has ended')): void => {
      if (connection !== current) return
      opening = current = undefined
      connection.end().catch(() => undefined)
      air.emit('broken', error)
    }
    connection.on('notification', (message: PgNotification) => air.emit('notification', message))
    connection.on('error', broken)
    connection.on('end', broken)
    try {
      await connection.query(LISTEN)
      if (closed) throw new Error('closed')
      current = connection
    } catch (error) {
      connection.end().catch(() => undefined)
      throw error
    }
  }

  async function listen(): Promise<void> {
    if (closed) throw new Error('closed')
    try {
      await (opening ??= open())
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  /** A client that hears what the one connection hears, and breaks when that breaks: BullMQ then asks for another. */
  async function connect(): Promise<PgPoolClient> {
    const client = await pool.connect()
    const own = new EventEmitter()
    const hear = (message: PgNotification): boolean => own.emit('notification', message)
    const breakDown = (error: Error): boolean => own.listenerCount('error') > 0 && own.emit('error', error)
    let released = false
    client.on('error', breakDown)
    const listener: PgPoolClient = {
      async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
        if (!text.includes(LISTEN)) return client.query<R>(text, params)
        try {
          await listen()
          if (!released) air.on('notification', hear).on('broken', breakDown)
          return { rows: [] }
        } catch {
          // there is no room for one more, say: it listens by its own
          client.on('notification', hear)
          return client.query<R>(text)
        }
      },
      on(event: string, heard: (what: never) => void) {
        own.on(event, heard as (what: unknown) => void)
        return listener
      },
      removeListener(event, heard) {
        own.off(event, heard)
        return listener
      },
      removeAllListeners(event) {
        own.removeAllListeners(event)
        return listener
      },
      release(destroy) {
        released = true
        air.off('notification', hear).off('broken', breakDown)
        // an EventEmitter, of which BullMQ's type says little
        ;(client as unknown as EventEmitter).off('error', breakDown)
        client.release(destroy)
      },
    }
    return listener
  }

  return {
    pool: {
      query: pool.query.bind(pool),
      end: pool.end.bind(pool),
      on: pool.on.bind(pool),
      removeAllListeners: pool.removeAllListeners.bind(pool),
      connect,
    },
    async close() {
      closed = true
      await opening?.catch(() => undefined)
      const last = current
      opening = current = undefined
      await last?.end()
    },
  }
}

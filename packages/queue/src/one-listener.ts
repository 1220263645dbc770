import { EventEmitter } from 'node:events'
import type { PgNotification, PgPool, PgPoolClient, PgQueryResult } from 'bullmq'

/** What BullMQ's consumers send on the client that they keep: the jobs of all queues are announced on this channel. */
const LISTEN = 'LISTEN bullmq_jobs'

/** BullMQ's PgClient, whose type it keeps to itself. */
export type Listening = Omit<PgPoolClient, 'release'> & { end(): Promise<void> }

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

  async function open(): Promise<void> {
    const connection = await openConnection()
    const broken = (error = new Error('the connection that listens for jobs has ended')): void => {
      if (connection !== current) return
      opening = current = undefined
      connection.end().catch(() => undefined)
      air.emit('broken', error)
    }
    connection.on('notification', (message) => air.emit('notification', message))
    connection.on('error', broken)
    connection.on('end', broken)
    await connection.query(LISTEN)
    current = connection
  }

  async function listen(): Promise<void> {
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
    const listener: PgPoolClient = {
      async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
        if (!text.includes(LISTEN)) return client.query<R>(text, params)
        await listen()
        client.on('error', breakDown)
        air.on('notification', hear).on('broken', breakDown)
        return { rows: [] }
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
        air.off('notification', hear).off('broken', breakDown)
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
      await opening?.catch(() => undefined)
      const last = current
      opening = current = undefined
      await last?.end()
    },
  }
}

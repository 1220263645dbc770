import type { Socket } from 'node:net'

/** When those whom an ingress refuses may come again: so many a second, since to refuse takes its time too. */
export interface Returns {
  /**
   * The seconds, at least one, that a connection's caller is to be told to come again in: until its place, or the next if it
   * has none ahead.
   */
  book(connection: Socket): number
  /** Whether its place is still ahead. */
  isEarly(connection: Socket): boolean
  /**
   * Resolves at the time of the connection's place, at once where that is over or it has none. Whoever comes sooner, and has
   * to be refused again, hears it then: or those who do not heed what they are told would take all the time there is.
   */
  due(connection: Socket): Promise<void>
  /** From now on nobody waits. */
  close(): void
}

/** A member of the connection, because it goes with it. */
const PLACE = Symbol('place')
type Booked = Socket & { [PLACE]?: number }

/** The later ones wait for longer, up to `mostMs`. `now`: any clock of ms that goes on. */
export function createReturns(
  { perSecond, mostMs }: { perSecond: number; mostMs: number },
  now: () => number = () => performance.now(),
): Returns {
  const waiting = new Map<Socket, () => void>()
  let nextAt = -Infinity
  let closed = false

  const msUntil = (connection: Booked): number => (connection[PLACE] ?? -Infinity) - now()

  return {
    book(connection: Booked) {
      const at = now()
      // who has gone does not come again
      if (msUntil(connection) <= 0 && !connection.destroyed) {
        nextAt = Math.min(Math.max(at, nextAt) + 1_000 / perSecond, at + mostMs)
        connection[PLACE] = nextAt
      }
      return Math.max(1, Math.ceil(Math.round(msUntil(connection)) / 1_000))
    },
    isEarly: (connection) => msUntil(connection) > 0,
    due(connection: Booked) {
      const ms = msUntil(connection)
      // the answers of one connection keep their order: what comes behind one that waits waits too
      if (ms <= 0 || closed || connection.destroyed || waiting.has(connection)) return Promise.resolve()
      return new Promise((resolve) => {
        const over = (): void => {
          clearTimeout(timer)
          connection.off('close', over)
          waiting.delete(connection)
          resolve()
        }
        // timers keep whole milliseconds
        const timer = setTimeout(over, Math.ceil(ms) + 1)
        connection.once('close', over)
        waiting.set(connection, over)
      })
    },
    close() {
      closed = true
      for (const over of [...waiting.values()]) over()
    },
  }
}

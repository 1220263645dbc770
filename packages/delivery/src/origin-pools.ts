import type { PoolUse } from '@redrive/runtime'

/** What is pooled: `close` is called of what is not needed any more. */
interface Pooled {
  readonly alive: boolean
  close(): void
}

interface OriginPool<C> {
  idle: C[]
  inUse: number
  waiting: Set<(idle: C | undefined) => void>
}

/** Connections for each origin, of which at most `max` are in use; the one used last is used first. */
export interface OriginPools<C> {
  /** Grants a place, with an idle connection if there is one. The function that is returned stops waiting for it. */
  lease(origin: string, granted: (idle: C | undefined) => void): () => void
  /** Ends a lease. A connection that is alive goes to who waits for one, or is kept. */
  release(origin: string, connection: C | undefined): void
  /** Forgets an idle connection that has closed. */
  forget(origin: string, connection: C): void
  use(): PoolUse
  close(): void
}

export function createOriginPools<C extends Pooled>(max: number): OriginPools<C> {
  const pools = new Map<string, OriginPool<C>>()

  const poolOf = (origin: string): OriginPool<C> => {
    const known = pools.get(origin)
    if (known !== undefined) return known
    const made: OriginPool<C> = { idle: [], inUse: 0, waiting: new Set() }
    pools.set(origin, made)
    return made
  }
  const dropIfEmpty = (origin: string, { idle, inUse, waiting }: OriginPool<C>): void => {
    if (inUse === 0 && idle.length === 0 && waiting.size === 0) pools.delete(origin)
  }

  return {
    lease(origin, granted) {
      const pool = poolOf(origin)
      if (pool.inUse >= max) {
        pool.waiting.add(granted)
        return () => {
          pool.waiting.delete(granted)
        }
      }
      pool.inUse += 1
      let idle = pool.idle.pop()
      while (idle !== undefined && !idle.alive) idle = pool.idle.pop()
      granted(idle)
      return () => undefined
    },

    release(origin, connection) {
      const pool = poolOf(origin)
      const reusable = connection?.alive === true ? connection : undefined
      const [next] = pool.waiting
      if (next !== undefined) {
        pool.waiting.delete(next)
        next(reusable)
        return
      }
      pool.inUse -= 1
      if (reusable !== undefined) pool.idle.push(reusable)
      dropIfEmpty(origin, pool)
    },

    forget(origin, connection) {
      const pool = pools.get(origin)
      if (pool === undefined) return
      pool.idle = pool.idle.filter((idle) => idle !== connection)
      dropIfEmpty(origin, pool)
    },

    use() {
      const use = { inUse: 0, idle: 0, waiting: 0 }
      for (const { idle, inUse, waiting } of pools.values()) {
        use.inUse += inUse
        use.idle += idle.length
        use.waiting += waiting.size
      }
      return use
    },

    close() {
      for (const { idle } of pools.values()) for (const connection of idle.splice(0)) connection.close()
    },
  }
}

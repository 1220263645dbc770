import { Socket } from 'node:net'
import type { Transport, TransportOptions } from './exchange.ts'
import { createGuardedAgents } from './guarded-agents.ts'
import { openConnection } from './open-connection.ts'
import { createOriginPools } from './origin-pools.ts'
import { createUndiciConnection } from './undici-connection.ts'
import type { UndiciConnection } from './undici-connection.ts'
import { undiciExchange } from './undici-exchange.ts'

/**
 * The transport on undici: its client and parser, on connections that the same guarded agents open as for got, and in
 * pools that are bounded and counted here.
 */
export function createUndiciTransport(options: TransportOptions): Transport {
  const { policy, resolve, ca, tunnel, maxSocketsPerOrigin, connectTimeoutMs, captureBytes } = options
  // Loaded only by who chooses it.
  const undici = import('undici')
  const agentOptions = { policy, resolve, ca, tunnel, connectTimeoutMs }
  const agents = createGuardedAgents({ ...agentOptions, keepAlive: true, maxSockets: Infinity })
  const pooled = createOriginPools<UndiciConnection>(maxSocketsPerOrigin)
  const fresh = createOriginPools<UndiciConnection>(Infinity)
  const tunnelled = tunnel !== undefined

  return {
    async exchange(request) {
      const { Client } = await undici
      const url = new URL(request.url)
      const pools = request.fresh ? fresh : pooled
      const wrap = (socket: Socket): UndiciConnection => {
        const connection = createUndiciConnection(Client, url.origin, socket)
        socket.once('close', () => {
          pools.forget(url.origin, connection)
        })
        return connection
      }
      return undiciExchange({
        ...request,
        url,
        captureBytes,
        tunnelled,
        lease: (granted) => pools.lease(url.origin, granted),
        release: (connection) => {
          pools.release(url.origin, connection)
        },
        open: (progress, done) =>
          openConnection({ url, agents, tunnelled, progress }, (result) => {
            done(result instanceof Socket ? wrap(result) : result)
          }),
      })
    },
    sockets() {
      const [one, other] = [pooled.use(), fresh.use()]
      return { inUse: one.inUse + other.inUse, idle: one.idle + other.idle, waiting: one.waiting + other.waiting }
    },
    close: () => {
      pooled.close()
      fresh.close()
    },
  }
}

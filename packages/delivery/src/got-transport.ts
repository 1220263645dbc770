import got from 'got'
import { MAX_HEADER_BYTES } from './exchange.ts'
import type { Transport, TransportOptions } from './exchange.ts'
import { gotExchange } from './got-exchange.ts'
import { createGuardedAgents } from './guarded-agents.ts'

/** The transport on got, with Node's own agents. */
export function createGotTransport(options: TransportOptions): Transport {
  const { policy, resolve, ca, tunnel, maxSocketsPerOrigin, connectTimeoutMs, captureBytes } = options
  const agentOptions = { policy, resolve, ca, tunnel, connectTimeoutMs }
  const pooledAgents = createGuardedAgents({ ...agentOptions, keepAlive: true, maxSockets: maxSocketsPerOrigin })
  const freshAgents = createGuardedAgents({ ...agentOptions, keepAlive: false, maxSockets: Infinity })
  const all = [pooledAgents.http, pooledAgents.https, freshAgents.http, freshAgents.https]
  const pooled = got.extend({
    agent: { http: pooledAgents.http, https: pooledAgents.https },
    method: 'POST',
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  const fresh = pooled.extend({ agent: { http: freshAgents.http, https: freshAgents.https } })
  const shared = { captureBytes, tunnelled: tunnel !== undefined }

  return {
    exchange: (request) => gotExchange({ ...request, ...shared, client: request.fresh ? fresh : pooled }),
    sockets: () => ({
      inUse: sum(all.map(({ sockets }) => sockets)),
      idle: sum(all.map(({ freeSockets }) => freeSockets)),
      waiting: sum(all.map(({ requests }) => requests)),
    }),
    close: () => {
      for (const agent of all) agent.destroy()
    },
  }
}

/** Agents keep a list for each origin. */
function sum(byOrigin: readonly NodeJS.ReadOnlyDict<readonly unknown[]>[]): number {
  return byOrigin.flatMap((lists) => Object.values(lists)).reduce((total, list) => total + (list?.length ?? 0), 0)
}

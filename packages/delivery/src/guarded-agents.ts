import type { LookupAddress } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { Socket } from 'node:net'
import type { LookupFunction } from 'node:net'
import { literalAddress } from './address-policy.ts'
import type { Tunnel } from './egress-proxy.ts'
import { DeadlineError } from './exchange.ts'
import type { AddressPolicy, Resolve } from './types.ts'

/** The address policy refused where a connection was about to go, or had gone. */
class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError'
  readonly code = 'ERR_BLOCKED_ADDRESS'
}

/** A name could not be resolved. Its message is the resolver's own code, such as ENOTFOUND. */
class LookupError extends Error {
  override readonly name = 'LookupError'
  readonly code = 'ERR_LOOKUP'
}

interface AgentOptions {
  policy: AddressPolicy
  resolve: Resolve
  keepAlive: boolean
  maxSockets: number
  /** of a TCP connection; a tunnel has its own */
  connectTimeoutMs: number
  ca: string[] | undefined
  /** how to reach an address if not directly */
  tunnel: Tunnel | undefined
}

type Connect = http.Agent['createConnection']

export interface GuardedAgents {
  http: http.Agent
  https: https.Agent
}

/** An idle socket is closed after this long, sooner if the receiver's `keep-alive` header says so. */
export const IDLE_SOCKET_MS = 15_000
/** How long one of several addresses of a name is tried before the next joins in. */
const NEXT_ADDRESS_MS = 1_000

/**
 * Agents whose every connection passes the address policy three times: the addresses that a name resolves to (only
 * allowed ones are ever tried), literal addresses (for which Node calls no look-up), and the remote address of the
 * connected socket. TLS is always verified, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says.
 */
export function createGuardedAgents({
  policy,
  resolve,
  keepAlive,
  maxSockets,
  connectTimeoutMs,
  ca,
  tunnel,
}: AgentOptions): GuardedAgents {
  const lookup = guardedLookup(policy, resolve)
  // Not the agents' own options: those Node copies for each request, and not only for each connection.
  const connectOptions = {
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MS,
    noDelay: true,
    keepAlive,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  }
  const options = {
    keepAlive,
    maxSockets,
    maxFreeSockets: maxSockets,
    scheduling: 'lifo' as const,
    timeout: IDLE_SOCKET_MS,
  }
  const agents = { http: new http.Agent(options), https: new https.Agent(options) }
  for (const agent of [agents.http, agents.https]) {
    const connect = agent.createConnection.bind(agent)
    const connectAsTold: Connect = (given, callback) => connect({ ...given, ...connectOptions }, callback)
    if (tunnel === undefined) guard(agent, connectAsTold, policy, connectTimeoutMs)
    else guardTunnelled(agent, connectAsTold, policy, lookup, tunnel)
  }
  return agents
}

function guard(agent: http.Agent, connect: Connect, policy: AddressPolicy, connectTimeoutMs: number): void {
  agent.createConnection = (options, callback) => {
    const literal = literalAddress(options.host ?? 'localhost')
    const refusal = literal === null ? null : policy.refuseAddress(literal)
    if (refusal !== null) throw new BlockedAddressError(refusal)
    const socket = connect(options, callback)
    if (socket instanceof Socket) {
      checkRemoteAddress(socket, policy)
      limitConnecting(socket, literal === null, connectTimeoutMs)
    }
    return socket
  }
}

/** Through a proxy there is no remote address to look at; the address that is asked for is the one that was checked. */
function guardTunnelled(
  agent: http.Agent,
  connect: Connect,
  policy: AddressPolicy,
  lookup: LookupFunction,
  tunnel: Tunnel,
): void {
  const open = async (host: string, port: number): Promise<Socket> => {
    const address = literalAddress(host) ?? (await lookUpOne(host, lookup))
    const refusal = policy.refuseAddress(address)
    if (refusal !== null) throw new BlockedAddressError(refusal)
    return tunnel(address, port)
  }
  agent.createConnection = (options, callback) => {
    open(options.host ?? 'localhost', Number(options.port)).then(
      (socket) => {
        // For https the agent's own function does the handshake over the socket that it is given.
        const connection = agent instanceof https.Agent ? connect({ ...options, ...{ socket } }) : socket
        if (connection) callback?.(null, connection)
      },
      (error: unknown) => {
        // Of a failed connection there is no stream to pass; Node's own agents leave it out too.
        ;(callback as ((error: unknown) => void) | undefined)?.(error)
      },
    )
    return undefined
  }
}

function lookUpOne(host: string, lookup: LookupFunction): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(host, {}, (error, address) => {
      if (error !== null) reject(error)
      // Without `all` a look-up yields one address.
      else resolve(address as string)
    })
  })
}

function checkRemoteAddress(socket: Socket, policy: AddressPolicy): void {
  socket.prependOnceListener('connect', () => {
    // Undefined when the peer has gone in the meantime: nothing will be sent then.
    if (socket.remoteAddress === undefined) return
    const refusal = policy.refuseAddress(socket.remoteAddress)
    if (refusal !== null) socket.destroy(new BlockedAddressError(refusal))
  })
}

/** From when the address is known until it has answered; all else has the deadline of the request alone. */
function limitConnecting(socket: Socket, looksUp: boolean, timeoutMs: number): void {
  const begin = (): void => {
    const expire = (): void => {
      if (socket.connecting) socket.destroy(new DeadlineError('connect'))
    }
    // not before a connection is seen that was made while this process stood still
    const timer = setTimeout(setImmediate, timeoutMs, expire)
    const end = (): void => {
      clearTimeout(timer)
    }
    socket.once('connect', end).once('close', end)
  }
  if (!looksUp) begin()
  else
    socket.once('lookup', (error: Error | null) => {
      if (error === null) begin()
    })
}

function guardedLookup(policy: AddressPolicy, resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const allowed = addresses.filter(({ address }) => policy.refuseAddress(address) === null)
        const [first] = allowed
        if (first === undefined) callback(noAddress(hostname, addresses, policy), '', 0)
        else if (options.all === true) callback(null, allowed)
        else callback(null, first.address, first.family)
      },
      (error: unknown) => {
        const coded = typeof error === 'object' && error !== null && 'code' in error
        const code = coded ? String(error.code) : 'no reason given'
        callback(new LookupError(code), '', 0)
      },
    )
  }
}

function noAddress(hostname: string, addresses: LookupAddress[], policy: AddressPolicy): Error {
  const [first] = addresses
  if (first === undefined) return new LookupError('ENODATA')
  return new BlockedAddressError(
    `${hostname} resolves to a forbidden address. ${policy.refuseAddress(first.address) ?? ''}`,
  )
}

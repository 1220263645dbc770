import { Socket, isIP } from 'node:net'
import { literalAddress } from './address-policy.ts'
import type { Phase, PhaseTimings } from './exchange.ts'
import type { GuardedAgents } from './guarded-agents.ts'

/** How far a request is, as it goes. */
export interface Progress {
  phase: Phase
  timings: PhaseTimings
}

interface OpenOptions {
  url: URL
  agents: GuardedAgents
  /** the agents connect through an egress proxy */
  tunnelled: boolean
  progress: Progress
}

/**
 * Opens a connection as the guarded agents do it, with their checks, and hands it over when a request can be put on it.
 * The function that is returned gives up; nothing is called after it.
 */
export function openConnection(
  { url, agents, tunnelled, progress }: OpenOptions,
  done: (result: Socket | Error) => void,
): () => void {
  const secure = url.protocol === 'https:'
  const agent = secure ? agents.https : agents.http
  const literal = literalAddress(url.hostname)
  const host = literal ?? url.hostname
  let socket: Socket | undefined
  let settled = false
  let since = performance.now()

  const lap = (): number => {
    const before = since
    since = performance.now()
    return Math.round(since - before)
  }
  const settle = (result: Socket | Error): void => {
    if (settled) return
    settled = true
    socket?.off('lookup', lookedUp).off('connect', connected).off('secureConnect', secured).off('close', closed)
    if (!(result instanceof Socket)) socket?.destroy()
    done(result)
  }
  const resolved = (): void => {
    progress.timings.dns = literal === null ? lap() : 0
    progress.phase = 'connect'
  }
  const lookedUp = (error: Error | null): void => {
    if (error === null && progress.phase === 'dns') resolved()
  }
  const connected = (): void => {
    // The address policy has just refused the remote address: its error follows.
    if (socket === undefined || socket.destroyed) return
    progress.timings.connect = lap()
    progress.phase = secure ? 'tls' : 'send'
    if (!secure) settle(socket)
  }
  const secured = (): void => {
    if (socket === undefined) return
    if (!tunnelled) progress.timings.tls = lap()
    progress.phase = 'send'
    settle(socket)
  }
  const closed = (): void => {
    settle(Object.assign(new Error('The connection was closed'), { code: 'ECONNRESET' }))
  }
  const take = (opened: Socket): void => {
    if (settled) {
      opened.on('error', () => undefined).destroy()
      return
    }
    socket = opened
    // Stays: a socket may report an error when everything has been said about it.
    opened.on('error', settle).on('close', closed)
    if (secure) opened.once('secureConnect', secured)
    if (tunnelled) {
      progress.phase = secure ? 'tls' : 'send'
      if (!secure) settle(opened)
      return
    }
    opened.on('lookup', lookedUp).once('connect', connected)
    if (literal === null) progress.phase = 'dns'
    else resolved()
  }

  progress.phase = tunnelled ? 'tunnel' : literal === null ? 'dns' : 'connect'
  try {
    const options = {
      host,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      servername: isIP(host) === 0 ? host : '',
    }
    const opened = agent.createConnection(options, (error: Error | null | undefined, connection) => {
      if (error) settle(error)
      else if (tunnelled && connection instanceof Socket) take(connection)
    })
    if (opened instanceof Socket) take(opened)
  } catch (error) {
    // Node and the address policy throw nothing else. (`instanceof` is not asked: tests have another realm than Node.)
    settle(error as Error)
  }
  return () => {
    settled = true
    socket?.destroy()
  }
}

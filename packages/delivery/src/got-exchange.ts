import http from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { urlToHttpOptions } from 'node:url'
import { memoize } from '@redrive/core'
import type { Got, RequestFunction } from 'got'
import { literalAddress } from './address-policy.ts'
import { createCapture } from './capture.ts'
import { DeadlineError, MAX_INTERIM_ANSWERS, ProtocolError, STALE_WITHIN_MS, interruption } from './exchange.ts'
import type { Exchange, ExchangeRequest, Phase, PhaseTimings } from './exchange.ts'
import { interruptBy } from './interrupts.ts'
import { letGo } from './let-go.ts'

/** URLs that are taken apart once. */
const KEPT_TARGETS = 10_000

interface ExchangeOptions extends ExchangeRequest {
  client: Got
  captureBytes: number
  /** connections go through an egress proxy, and are set up before got sees them */
  tunnelled: boolean
}

type GotTimings = NonNullable<ReturnType<Got['stream']>['timings']>

/** One request by got. */
export function gotExchange(options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve) => {
    const { client, url, headers, body, signals } = options
    const stream = client.stream(url)
    // got asks for it later. Options that come with a call it would copy and check, several times.
    stream.options.request = requestWith(url, headers, body)

    const { chunks, keep } = createCapture(options.captureBytes)
    let interimAnswers = 0
    let response: IncomingMessage | undefined
    let socket: Socket | undefined
    let bytesReadBefore = 0
    let onSocketAt = 0
    let settled = false
    let kept = false
    let closed = false
    let stopListening = (): void => undefined

    const progress = (): { timings: PhaseTimings; phase: Phase } => {
      const { timings, reusedSocket = false } = stream
      const phases = reusedSocket || options.tunnelled ? undefined : timings?.phases
      return {
        timings: {
          dns: phases?.dns ?? null,
          connect: phases?.tcp ?? null,
          tls: phases?.tls ?? null,
          firstByte: timings?.phases.firstByte ?? null,
        },
        phase: options.tunnelled ? tunnelPhase(socket) : phaseReached(timings, url, reusedSocket),
      }
    }
    const settle = (result: Exchange, keepSocket: boolean): void => {
      settled = true
      kept = keepSocket
      clearTimeout(deadline)
      stopListening()
      if (!kept) stream.destroy()
      resolve(result)
      letGoOnceOver()
    }
    const finish = (received: IncomingMessage, truncated: boolean): void => {
      const { statusCode: status = 0, rawHeaders } = received
      // Who answers before the end of the body need never read it.
      const sentWhole = stream.timings?.upload !== undefined
      settle({ kind: 'response', status, rawHeaders, chunks, truncated, ...progress() }, !truncated && sentWhole)
    }
    /** What was cut, got still has to end. */
    const letGoOnceOver = (): void => {
      if (kept && closed) setImmediate(letGo, stream)
    }
    const fail = (error: Error): void => {
      if (settled) return
      if (response !== undefined) {
        // What came in the same packet as the fault is still in the stream's buffer.
        let rest = readRest(response)
        while (rest !== null && !keep(rest)) rest = readRest(response)
        finish(response, true)
        return
      }
      const staleConnection =
        stream.reusedSocket === true &&
        socket?.bytesRead === bytesReadBefore &&
        performance.now() - onSocketAt < STALE_WITHIN_MS
      settle({ kind: 'failure', error, staleConnection, ...progress() }, false)
    }
    const interrupt = (): void => {
      fail(interruption())
    }

    stream.on('request', (sent: ClientRequest) => {
      sent.once('close', () => {
        closed = true
        letGoOnceOver()
      })
      // Straight to Node: got would send it piece by piece. As text it is one write with the headers, for which these have
      // to be ASCII, as ours are: Node puts both in UTF-8.
      sent.end(body)
    })
    stream.on('socket', (assigned: Socket) => {
      socket = assigned
      bytesReadBefore = assigned.bytesRead
      onSocketAt = performance.now()
    })
    stream.on('information', () => {
      interimAnswers += 1
      if (interimAnswers > MAX_INTERIM_ANSWERS) fail(ProtocolError.interimAnswers())
    })
    stream.on('upgrade', (_answer: IncomingMessage, upgraded: Socket) => {
      upgraded.destroy()
      fail(ProtocolError.upgrade())
    })
    stream.on('response', (received: IncomingMessage) => {
      if (settled) return
      const { statusCode: status = 0 } = received
      if (status < 200) fail(ProtocolError.status(status))
      else response = received
    })
    stream.on('data', (chunk: Buffer) => {
      if (!settled && response !== undefined && keep(chunk)) finish(response, true)
    })
    stream.on('end', () => {
      // A body that ends with its connection has not ended well if that was reset.
      if (!settled && response !== undefined) finish(response, (socket?.errored ?? null) !== null)
    })
    // Stays attached: got and Node may still report errors of a request that has been settled and destroyed.
    stream.on('error', fail)

    const deadline = setTimeout(() => {
      fail(new DeadlineError('request'))
    }, options.timeoutMs)
    if (signals.some((signal) => signal.aborted)) interrupt()
    else stopListening = interruptBy(signals, interrupt)
  })
}

/**
 * Node's request, told only what it needs. got would copy each header seven times and has Node take the URL apart again;
 * it also names all that Node may be told, some forty options, and Node copies these twice. Lines go out as they are, so no
 * header may be one of these two (`checkHeaderName`).
 */
function requestWith(url: string, headers: Record<string, string>, body: string): RequestFunction {
  return (_url, { method, agent, maxHeaderSize }, callback) => {
    const { host, target } = targetOf(url)
    const lines = ['Host', host]
    for (const [name, value] of Object.entries(headers)) lines.push(name, value)
    lines.push('Content-Length', String(Buffer.byteLength(body)))
    const { request } = target.protocol === 'https:' ? https : http
    return request({ ...target, method, agent, maxHeaderSize, headers: lines }, callback)
  }
}

/** Where a URL's requests go, as Node's client wants it, and what it is called there. */
const targetOf = memoize(KEPT_TARGETS, (text) => {
  const url = new URL(text)
  const { protocol, hostname, port, path } = urlToHttpOptions(url)
  return { host: url.host, target: { protocol, hostname, port, path } }
})

function readRest(response: IncomingMessage): Buffer | null {
  // Without an encoding set, a response yields Buffers.
  return response.read() as Buffer | null
}

function tunnelPhase(socket: Socket | undefined): Phase {
  if (socket === undefined) return 'tunnel'
  return socket instanceof TLSSocket && !socket.authorized ? 'tls' : 'answer'
}

function phaseReached(timings: GotTimings | undefined, url: string, reused: boolean): Phase {
  if (timings?.socket === undefined) return 'queue'
  if (!reused) {
    const { hostname, protocol } = new URL(url)
    const resolved = timings.lookup !== undefined || literalAddress(hostname) !== null
    if (timings.connect === undefined) return resolved ? 'connect' : 'dns'
    if (protocol === 'https:' && timings.secureConnect === undefined) return 'tls'
  }
  return timings.upload === undefined ? 'send' : 'answer'
}

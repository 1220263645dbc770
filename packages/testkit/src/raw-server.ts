import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import tls from 'node:tls'

/** What a server does to a connection, below HTTP. */
export interface RawBehaviour {
  /** called for each connection, before anything has come; for TLS, before the handshake */
  onConnection?: (socket: Socket) => void
  /** called each time a whole request (headers, and a body of its `content-length`) has come */
  onRequest?: (socket: Socket, index: number) => void
}

export interface RawServer {
  /** "http://127.0.0.1:<port>", or https */
  url: string
  port: number
  connections: { open: number; total: number }
  close(): Promise<void>
}

export interface RawServerOptions extends RawBehaviour {
  tls?: { key: string; cert: string }
}

/** Starts a server on a free loopback port that does to its connections exactly what the behaviour says. */
export async function startRawServer(options: RawServerOptions): Promise<RawServer> {
  const sockets = new Set<Socket>()
  // TLS can't send a RST itself: the TCP socket beneath it does, found by the client's port.
  const beneath = new Map<number, Socket>()
  const connections = { open: 0, total: 0 }
  let requests = 0

  const accepted = (socket: Socket): void => {
    sockets.add(socket)
    const clientPort = socket.remotePort ?? 0
    beneath.set(clientPort, socket)
    connections.open += 1
    connections.total += 1
    socket.on('error', () => undefined)
    socket.once('close', () => {
      sockets.delete(socket)
      if (beneath.get(clientPort) === socket) beneath.delete(clientPort)
      connections.open -= 1
    })
    options.onConnection?.(socket)
  }
  const served = (socket: Socket): void => {
    socket.on('error', () => undefined)
    const tcp = beneath.get(socket.remotePort ?? 0)
    if (tcp !== undefined && tcp !== socket) socket.resetAndDestroy = () => tcp.resetAndDestroy()
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const length = requestLength(received)
      if (length === null || received.length < length) return
      received = received.subarray(length)
      options.onRequest?.(socket, requests++)
    })
  }

  const server = options.tls === undefined ? net.createServer(served) : tls.createServer(options.tls, served)
  server.on('connection', accepted)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is never a pipe's string.
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    connections,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** The bytes of the request that begins here, or null while its headers are incomplete. */
function requestLength(bytes: Buffer): number | null {
  const headersEnd = bytes.indexOf('\r\n\r\n')
  if (headersEnd === -1) return null
  const [, contentLength = '0'] = /^content-length: *(\d+)/imu.exec(bytes.toString('latin1', 0, headersEnd)) ?? []
  return headersEnd + 4 + Number(contentLength)
}

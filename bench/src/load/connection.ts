import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

interface Received {
  status: number
  /** the status line and the headers, as they came */
  head: string
  body: string
}

/** A kept-alive HTTP/1.1 connection that sends what it is given as it is: a load generator must cost next to nothing. */
export interface Connection {
  /** One at a time. Resolves with the status once the answer is complete. */
  send(request: Buffer): Promise<Received>
  close(): void
}

export async function openConnection(origin: string): Promise<Connection> {
  const { hostname, port } = new URL(origin)
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let settle: { resolve(answer: Received): void; reject(error: Error): void } | null = null
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk
    const headEnd = received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const length = /content-length: (\d+)/i.exec(received.slice(0, headEnd))?.[1]
    if (length === undefined) {
      settle?.reject(new Error(`an answer without a length: ${received.slice(0, 200)}`))
      return
    }
    const end = headEnd + 4 + Number(length)
    if (received.length < end) return
    const answer = {
      status: Number(received.slice(9, 12)),
      head: received.slice(0, headEnd),
      body: received.slice(headEnd + 4, end),
    }
    received = received.slice(end)
    settle?.resolve(answer)
  })
  const fail = (error?: Error): void => settle?.reject(error ?? new Error('the connection was closed'))
  socket.on('error', fail).on('close', () => {
    fail()
  })
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(request)
      }),
    close: () => {
      settle = null
      socket.destroy()
    },
  }
}

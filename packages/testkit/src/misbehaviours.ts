import type { Socket } from 'node:net'
import type { RawBehaviour } from './raw-server.ts'

/** Says exactly these bytes to every request, and closes if told to. */
export function says(bytes: string | Buffer, then: 'keep' | 'close' | 'reset' = 'keep'): RawBehaviour {
  return {
    onRequest: (socket) => {
      socket.write(bytes, 'latin1', () => {
        if (then === 'close') socket.end()
        if (then === 'reset') socket.resetAndDestroy()
      })
    },
  }
}

/** Takes requests and never answers. */
export const silent: RawBehaviour = {}

/** Ends the connection by FIN or RST as soon as it is accepted. */
export const hangsUpOnAccept: RawBehaviour = { onConnection: (socket) => socket.destroy() }
export const resetsOnAccept: RawBehaviour = { onConnection: (socket) => socket.resetAndDestroy() }

/** Ends the connection by FIN or RST once it has the request. */
export const hangsUpOnRequest: RawBehaviour = { onRequest: (socket) => socket.end() }
export const resetsOnRequest: RawBehaviour = { onRequest: (socket) => socket.resetAndDestroy() }

/** Resets as soon as the first byte of a request comes, whatever there is still to come. */
export const resetsOnFirstByte: RawBehaviour = {
  onConnection: (socket) => socket.once('data', () => socket.resetAndDestroy()),
}

/** Says `start`, then `more` over and over, as fast as the other side reads. */
export function floods(start: string, more: string): RawBehaviour {
  return {
    onRequest: (socket) => {
      const chunk = Buffer.from(more.repeat(Math.ceil(16_384 / more.length)), 'latin1')
      socket.write(start, 'latin1')
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      }
      socket.on('drain', pour)
      pour()
    },
  }
}

/** Says `start`, then one byte of `rest` at each interval, from its beginning again when it is through. */
export function drips(start: string, rest: string, intervalMs: number): RawBehaviour {
  return {
    onRequest: (socket) => {
      socket.write(start, 'latin1')
      let index = 0
      const timer = setInterval(() => {
        socket.write(rest.charAt(index++ % rest.length), 'latin1')
      }, intervalMs)
      socket.once('close', () => {
        clearInterval(timer)
      })
    },
  }
}

/** Answers the first `good` requests of the server well, then does as `then` says. */
export function wellAtFirst(good: number, then: (socket: Socket) => void): RawBehaviour {
  return {
    onRequest: (socket, index) => {
      if (index < good) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      else then(socket)
    },
  }
}

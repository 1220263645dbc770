import { once } from 'node:events'
import net from 'node:net'
import { Worker } from 'node:worker_threads'
import { eventually } from './conditions.ts'

export interface BlackHole {
  port: number
  close(): Promise<void>
}

/**
 * A loopback port that answers no SYN: its listener's thread is blocked and its backlog is full, so that the kernel
 * drops what comes. (No address outside the machine is needed.)
 */
export async function startBlackHole(): Promise<BlackHole> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
     })`,
    { eval: true },
  )
  // The worker above posts exactly one message: its port.
  const [port] = (await once(worker, 'message')) as [number]
  const fillers: net.Socket[] = []
  await eventually(() => {
    const waiting = fillers.filter((socket) => socket.connecting).length
    if (waiting < 2) {
      fillers.push(net.connect(port, '127.0.0.1').on('error', () => undefined))
      return false
    }
    return true
  }, 'a full backlog')
  return {
    port,
    close: async () => {
      for (const socket of fillers) socket.destroy()
      await worker.terminate()
    },
  }
}

import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP proxy whose network can be broken and mended at will. */
export interface FaultProxy {
  host: string
  port: number
  /** connections through it now, and ever */
  connections: { open: number; total: number }
  /** Resets every connection (RST to both sides). New ones are still accepted. */
  cut(): void
  /** From now on no byte passes, in either direction, and nothing is closed: a black hole. */
  pause(): void
  /** Lets everything pass again, what was held first. */
  resume(): void
  /** From now on new connections are refused by the kernel; open ones go on. */
  refuse(): void
  /** Takes new connections again, on the same port. */
  accept(): Promise<void>
  /** From now on everything passes this much later, in either direction; 0: at once. */
  delay(ms: number): void
  close(): Promise<void>
}

/** Starts a proxy on a free loopback port in front of any TCP service. */
export async function startFaultProxy(target: { host?: string; port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const connections = { open: 0, total: 0 }
  const gate = createGate()
  let delayMs = 0
  let server = createServer()
  const port = await listen(server, 0)

  function createServer(): net.Server {
    return net.createServer({ allowHalfOpen: true }, (client) => {
      const upstream = net.connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true })
      connections.open += 1
      connections.total += 1
      client.once('close', () => {
        connections.open -= 1
      })
      pass(client, upstream)
      pass(upstream, client)
    })
  }

  /** Hands on what comes from one side, in order, each piece once it is due and the gate is open. */
  function pass(from: Socket, to: Socket): void {
    sockets.add(from)
    let queue = Promise.resolve()
    const handOn = (act: () => void): void => {
      const due = performance.now() + delayMs
      queue = queue.then(async () => {
        const wait = due - performance.now()
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
        await gate.passed()
        if (!to.destroyed) act()
      })
    }
    from.on('data', (chunk) => {
      // One piece at a time: what waits here is bounded, and the sender feels the back-pressure.
      from.pause()
      handOn(() => {
        to.write(chunk, () => {
          from.resume()
        })
      })
    })
    from.on('end', () => {
      handOn(() => to.end())
    })
    from.on('error', () => {
      handOn(() => to.resetAndDestroy())
    })
    from.once('close', () => {
      sockets.delete(from)
      handOn(() => {
        to.destroySoon()
      })
    })
  }

  return {
    host: '127.0.0.1',
    port,
    connections,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    pause: gate.shut,
    resume: gate.open,
    refuse: () => {
      server.close()
    },
    accept: async () => {
      if (server.listening) return
      server = createServer()
      await listen(server, port)
    },
    delay: (ms) => {
      delayMs = ms
    },
    close: async () => {
      gate.open()
      const closed = server.listening ? once(server, 'close') : undefined
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function createGate(): { passed: () => Promise<void>; shut: () => void; open: () => void } {
  let passed: Promise<void> = Promise.resolve()
  let release: (() => void) | undefined
  return {
    passed: () => passed,
    shut: () => {
      if (release !== undefined) return
      passed = new Promise((resolve) => {
        release = resolve
      })
    },
    open: () => {
      release?.()
      release = undefined
    },
  }
}

async function listen(server: net.Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is never a pipe's string.
  return (server.address() as AddressInfo).port
}

import { afterEach, expect, test } from '@jest/globals'
import net from 'node:net'
import { once } from 'node:events'
import { eventually } from '../src/conditions.ts'
import { startFaultProxy } from '../src/fault-proxy.ts'
import type { FaultProxy } from '../src/fault-proxy.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A proxy before a server that sends back what it gets. */
async function proxiedEcho(): Promise<FaultProxy> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const proxy = await startFaultProxy({ port: (server.address() as net.AddressInfo).port })
  cleanups.push(() => proxy.close())
  return proxy
}

/** A client that collects what it receives and how it ended. */
async function connect(port: number) {
  const socket = net.connect(port, '127.0.0.1')
  const seen = { text: '', error: '', closed: false }
  socket.on('data', (chunk) => (seen.text += chunk.toString()))
  socket.on('error', (error) => (seen.error = 'code' in error ? String(error.code) : error.message))
  socket.on('close', () => (seen.closed = true))
  cleanups.push(() => socket.destroy())
  await once(socket, 'connect')
  return { socket, seen }
}

test('bytes and the end pass through', async () => {
  const proxy = await proxiedEcho()
  const { socket, seen } = await connect(proxy.port)
  const text = 'x'.repeat(300_000)
  socket.end(text)
  await eventually(() => seen.closed, 'the close')
  expect(seen.text).toBe(text)
  await eventually(() => proxy.connections.open === 0, 'no open connections')
  expect(proxy.connections.total).toBe(1)
})

test('cut resets what is open and takes new connections', async () => {
  const proxy = await proxiedEcho()
  const first = await connect(proxy.port)
  first.socket.write('a')
  await eventually(() => first.seen.text === 'a', 'the echo')
  proxy.cut()
  await eventually(() => first.seen.closed, 'the reset')
  expect(first.seen.error).toBe('ECONNRESET')
  const second = await connect(proxy.port)
  second.socket.write('b')
  await eventually(() => second.seen.text === 'b', 'the echo')
})

test('pause holds everything until resume', async () => {
  const proxy = await proxiedEcho()
  const { socket, seen } = await connect(proxy.port)
  socket.write('a')
  await eventually(() => seen.text === 'a', 'the echo')
  proxy.pause()
  socket.write('b')
  // A connection that does not go through this proxy shows that time has passed.
  const other = await proxiedEcho()
  const witness = await connect(other.port)
  for (let round = 1; round <= 20; round++) {
    witness.socket.write('w')
    await eventually(() => witness.seen.text.length === round, 'the witness')
  }
  expect(seen).toEqual({ text: 'a', error: '', closed: false })
  proxy.resume()
  await eventually(() => seen.text === 'ab', 'what was held')
})

test('refuse lets the open ones be, and accept takes the same port again', async () => {
  const proxy = await proxiedEcho()
  const first = await connect(proxy.port)
  proxy.refuse()
  await expect(connect(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  first.socket.write('still')
  await eventually(() => first.seen.text === 'still', 'the echo')
  await proxy.accept()
  const second = await connect(proxy.port)
  second.socket.write('again')
  await eventually(() => second.seen.text === 'again', 'the echo')
})

test('delay makes what passes late, in order', async () => {
  const proxy = await proxiedEcho()
  const { socket, seen } = await connect(proxy.port)
  proxy.delay(30)
  const started = performance.now()
  for (const letter of 'abc') socket.write(letter)
  await eventually(() => seen.text === 'abc', 'the echo')
  expect(performance.now() - started).toBeGreaterThanOrEqual(59)
})

test('a target that refuses resets the client', async () => {
  const proxy = await startFaultProxy({ port: 1 })
  cleanups.push(() => proxy.close())
  const { seen } = await connect(proxy.port)
  await eventually(() => seen.closed, 'the close')
  expect(seen.error).toBe('ECONNRESET')
})

import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { createTestAuthority } from '@redrive/testkit/certificates'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import { startReceiver } from '@redrive/testkit/receiver'
import { TRANSPORTS, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const keep = closeAfterEach()

/** A CONNECT proxy that records what it was asked for, and refuses with `status` if there is one. */
async function startConnectProxy(status = 200) {
  const asked: { target: string; authorization: string | undefined }[] = []
  const sockets = new Set<Socket>()
  const server = http.createServer((_request, response) => response.writeHead(405).end())
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.on('connect', (request: http.IncomingMessage, client: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    if (status !== 200) {
      client.end(`HTTP/1.1 ${String(status)} No\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(`http://${request.url ?? ''}`)
    const upstream = net.connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connected\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    sockets.add(upstream.on('error', () => client.destroy()))
    client.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is never a pipe's string.
  const { port } = server.address() as AddressInfo
  return keep({
    port,
    url: `http://127.0.0.1:${String(port)}`,
    asked,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  })
}

describe.each(TRANSPORTS)('by %s, through an egress proxy', (transport) => {
  test('a name is resolved and checked here, and the proxy is asked for the address; connections are kept', async () => {
    const proxy = await startConnectProxy()
    const receiver = keep(await startReceiver())
    const resolve = () => Promise.resolve(['10.0.0.1', '127.0.0.1'].map((address) => ({ address, family: 4 })))
    const sender = keep(loopbackSender({ transport, proxyUrl: proxy.url.replace('//', '//user:p%40ss@'), resolve }))
    const url = `http://receiver.example.com:${String(receiver.port)}/a`
    expect(gist(await sender.send(requestTo(url)))).toBe(200)
    expect(gist(await sender.send(requestTo(url)))).toBe(200)
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${String(receiver.port)}`, authorization }])
    expect(receiver.requests.map((request) => request.url)).toEqual(['/a', '/a'])
    expect(receiver.requests[0]?.headers).toMatchObject({ host: `receiver.example.com:${String(receiver.port)}` })
    expect(receiver.requests[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  test('TLS is verified for the name, end to end', async () => {
    const authority = createTestAuthority()
    const proxy = await startConnectProxy()
    const good = keep(await startReceiver({ tls: authority.issue({ hosts: ['receiver.example.com'] }) }))
    const other = keep(await startReceiver({ tls: authority.issue({ hosts: ['other.example.com'] }) }))
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    const sender = keep(loopbackSender({ transport, proxyUrl: proxy.url, resolve, tls: { ca: [authority.cert] } }))
    const send = (port: number) => sender.send(requestTo(`https://receiver.example.com:${String(port)}/`))
    expect(gist(await send(good.port))).toBe(200)
    expect(await send(other.port)).toMatchObject({ code: 'tls', message: expect.stringMatching(/another host name/u) })
  })

  test('forbidden addresses stay forbidden, and the proxy is not asked', async () => {
    const proxy = await startConnectProxy()
    const resolve = () => Promise.resolve([{ address: '10.0.0.1', family: 4 }])
    const sender = keep(loopbackSender({ transport, proxyUrl: proxy.url, resolve }))
    expect(gist(await sender.send(requestTo('http://receiver.example.com/')))).toBe('blocked_address')
    expect(gist(await sender.send(requestTo('http://10.0.0.1/')))).toBe('blocked_address')
    expect(proxy.asked).toEqual([])
  })

  test.each([
    [403, 'blocked_address', /egress proxy refuses 127/u],
    [407, 'interrupted', /egress proxy answered with 407/u],
    [502, 'connect', /egress proxy could not connect to 127/u],
  ])('a refusal with %d is %s', async (status, code, message) => {
    const proxy = await startConnectProxy(status)
    const outcome = await keep(loopbackSender({ transport, proxyUrl: proxy.url })).send(
      requestTo('http://127.0.0.1:1/'),
    )
    expect(outcome).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('a proxy that is away is our trouble, one that hangs is cut, and a receiver’s faults stay its own', async () => {
    const silent = keep(await startRawServer(does.silent))
    const resetting = keep(await startRawServer(does.resetsOnRequest))
    const proxy = await startConnectProxy()
    const send = (proxyUrl: string, url: string) =>
      keep(loopbackSender({ transport, proxyUrl, connectTimeoutMs: 200 })).send(requestTo(url, { timeoutMs: 500 }))
    expect(gist(await send('http://127.0.0.1:1', 'http://127.0.0.1:2/'))).toBe('interrupted')
    expect(await send(silent.url, 'http://127.0.0.1:2/')).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/egress proxy did not connect/u),
    })
    expect(gist(await send(proxy.url, resetting.url))).toBe('reset')
    expect(await send(proxy.url, silent.url)).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/before the receiver had answered/u),
    })
    expect(await send(proxy.url, silent.url.replace('http', 'https'))).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/TLS handshake/u),
    })
  })

  test.each(['', 'proxy:3128', 'socks5://127.0.0.1:1080', 'http://'])('%j is no proxy', (proxyUrl) => {
    expect(() => loopbackSender({ transport, proxyUrl })).toThrow('must be a URL such as')
  })
})

import { execFile } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import type { Outcome } from '@redrive/core'
import { startBlackHole } from '@redrive/testkit/black-hole'
import { createTestAuthority } from '@redrive/testkit/certificates'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import { startReceiver } from '@redrive/testkit/receiver'
import { createAddressPolicy } from '../src/index.ts'
import type { AddressPolicy, SenderOptions } from '../src/index.ts'
import { TRANSPORTS, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const keep = closeAfterEach()
const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 }

describe.each(TRANSPORTS)('by %s, a name', (transport) => {
  const named = (port: number): string => `http://receiver.example.com:${String(port)}/`
  const sendTo = (port: number, resolve: () => Promise<LookupAddress[]>): Promise<Outcome> =>
    keep(loopbackSender({ transport, resolve })).send(requestTo(named(port), { timeoutMs: 500 }))

  test('is sent to at the address that it resolves to', async () => {
    const receiver = keep(await startReceiver())
    expect(gist(await sendTo(receiver.port, () => Promise.resolve([LOOPBACK])))).toBe(200)
    expect(receiver.requests[0]?.headers.host).toBe(`receiver.example.com:${String(receiver.port)}`)
  })

  test('is sent to only at those of its addresses that are allowed', async () => {
    const receiver = keep(await startReceiver())
    const forbidden = ['10.0.0.1', '169.254.169.254', '192.168.1.1'].map((address) => ({ address, family: 4 }))
    const more = [...forbidden, { address: '::1', family: 6 }, LOOPBACK]
    expect(gist(await sendTo(receiver.port, () => Promise.resolve(more)))).toBe(200)
  })

  test('that has only forbidden addresses is refused with the reason', async () => {
    const receiver = keep(await startReceiver())
    const outcome = await sendTo(receiver.port, () =>
      Promise.resolve([
        { address: '::1', family: 6 },
        { address: '10.0.0.1', family: 4 },
      ]),
    )
    expect(outcome).toMatchObject({
      code: 'blocked_address',
      message:
        'receiver.example.com resolves to a forbidden address. ::1 is refused by the address policy: outside global unicast (2000::/3).',
    })
    expect(receiver.connections.total).toBe(0)
  })

  test.each<[string, () => Promise<LookupAddress[]>, string, RegExp]>([
    ['that has no address', () => Promise.resolve([]), 'dns', /does not exist/u],
    [
      'that does not exist',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      'dns',
      /The name of receiver\.example\.com:\d+ does not exist\./u,
    ],
    [
      'whose servers are away',
      () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' })),
      'dns',
      /could not be looked up \(EAI_AGAIN\)/u,
    ],
    [
      'whose look-up breaks',
      () => Promise.reject(new Error('x')),
      'dns',
      /could not be looked up \(no reason given\)\./u,
    ],
    [
      'whose look-up hangs',
      () => new Promise(() => undefined),
      'timeout',
      /deadline of 0\.5 s passed while the host name was looked up/u,
    ],
  ])('%s is an error of its own', async (_, resolve, code, message) => {
    expect(await sendTo(1, resolve)).toMatchObject({ kind: 'error', code, message: expect.stringMatching(message) })
  })

  test('that the operating system can not find is a DNS error', async () => {
    expect(gist(await keep(loopbackSender({ transport })).send(requestTo('http://receiver.invalid/')))).toBe('dns')
  })

  test('falls back to its next address', async () => {
    const receiver = keep(await startReceiver())
    const addresses = [{ address: '127.0.0.2', family: 4 }, LOOPBACK]
    expect(gist(await sendTo(receiver.port, () => Promise.resolve(addresses)))).toBe(200)
  })
})

describe.each(TRANSPORTS)('by %s, the limit on connecting', (transport) => {
  const impatient = (options: Partial<SenderOptions> = {}) =>
    keep(loopbackSender({ transport, connectTimeoutMs: 100, ...options }))

  test('is over with the connection, which may be used for longer and again', async () => {
    const authority = createTestAuthority()
    const sender = impatient({ tls: { ca: [authority.cert] } })
    for (const more of [{}, { tls: authority.issue() }]) {
      const receiver = keep(await startReceiver({ answer: { delayMs: 250 }, ...more }))
      expect(gist(await sender.send(requestTo(receiver.url)))).toBe(200)
      expect(gist(await sender.send(requestTo(receiver.url)))).toBe(200)
      expect(receiver.connections.total).toBe(1)
    }
  })

  test('holds for a name, from when its address is known', async () => {
    const hole = keep(await startBlackHole())
    const receiver = keep(await startReceiver())
    const sender = impatient({ resolve: () => sleep(250, [LOOPBACK]) })
    expect(gist(await sender.send(requestTo(`http://slow.example.com:${String(receiver.port)}/`)))).toBe(200)
    expect(await sender.send(requestTo(`http://slow.example.com:${String(hole.port)}/`))).toMatchObject({
      code: 'timeout',
      message: `slow.example.com:${String(hole.port)} did not accept a connection within 0.1 s.`,
    })
  })

  test('is not for the TLS handshake', async () => {
    const server = keep(await startRawServer(does.silent))
    const url = `https://127.0.0.1:${String(server.port)}/`
    expect(await impatient().send(requestTo(url, { timeoutMs: 300 }))).toMatchObject({
      code: 'timeout',
      message: 'The deadline of 0.3 s passed during the TLS handshake.',
    })
  })
})

describe.each(TRANSPORTS)('by %s, the address policy', (transport) => {
  test('is asked before anything else, and nothing is connected', async () => {
    const receiver = keep(await startReceiver())
    const sender = keep(loopbackSender({ transport, addressPolicy: createAddressPolicy() }))
    expect(await sender.send(requestTo(receiver.url))).toMatchObject({
      code: 'blocked_address',
      message: '127.0.0.1 is refused by the address policy: loopback.',
      timings: { dns: null, connect: null, tls: null, firstByte: null },
    })
    expect(receiver.connections.total).toBe(0)
  })

  test.each(['127.0.0.1', '2130706433', '0x7f.1'])('holds for the literal address %s when connecting', async (host) => {
    const receiver = keep(await startReceiver())
    const blindToUrls: AddressPolicy = { ...createAddressPolicy(), refuseUrl: () => null }
    const sender = keep(loopbackSender({ transport, addressPolicy: blindToUrls }))
    expect(gist(await sender.send(requestTo(`http://${host}:${String(receiver.port)}/`)))).toBe('blocked_address')
    expect(gist(await sender.send(requestTo(`https://${host}:${String(receiver.port)}/`)))).toBe('blocked_address')
    expect(receiver.connections.total).toBe(0)
  })

  test('holds for the connected socket, before a byte is sent', async () => {
    const receiver = keep(await startReceiver())
    let asked = 0
    const secondThoughts: AddressPolicy = {
      refuseUrl: () => null,
      refuseAddress: (address) =>
        ++asked === 1 ? null : `${address} is refused by the address policy: second thoughts.`,
    }
    const sender = keep(loopbackSender({ transport, addressPolicy: secondThoughts }))
    expect(await sender.send(requestTo(receiver.url))).toMatchObject({
      code: 'blocked_address',
      message: expect.stringContaining('second thoughts'),
    })
    expect(asked).toBe(2)
    expect(receiver.requests).toEqual([])
  })

  test('does not follow a redirect', async () => {
    const target = keep(await startReceiver())
    const receiver = keep(await startReceiver({ answer: { status: 307, headers: { location: target.url } } }))
    expect(gist(await keep(loopbackSender({ transport })).send(requestTo(receiver.url)))).toBe(307)
    expect(target.connections.total).toBe(0)
  })
})

describe.each(TRANSPORTS)('by %s, the environment', (transport) => {
  const run = async (url: string, env: Record<string, string>): Promise<Outcome> => {
    const script = path.join(import.meta.dirname, 'send-once.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [script, url, transport], {
      env: { PATH: process.env.PATH, ...env },
    })
    // The script prints an Outcome, with its date as text.
    return JSON.parse(stdout) as Outcome
  }

  test('names no proxy', async () => {
    const receiver = keep(await startReceiver())
    const proxy = keep(await startReceiver())
    const names = [
      'http_proxy',
      'HTTP_PROXY',
      'https_proxy',
      'HTTPS_PROXY',
      'all_proxy',
      'ALL_PROXY',
      'GLOBAL_AGENT_HTTP_PROXY',
      'npm_config_proxy',
    ]
    const env = Object.fromEntries(names.map((name) => [name, proxy.url]))
    expect(gist(await run(receiver.url, { ...env, NODE_USE_ENV_PROXY: '1' }))).toBe(200)
    expect(proxy.connections.total).toBe(0)
  })

  test('can not turn TLS verification off, but can name an authority', async () => {
    const authority = createTestAuthority()
    const receiver = keep(await startReceiver({ tls: authority.issue() }))
    expect(gist(await run(receiver.url, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }))).toBe('tls')
    const folder = await mkdtemp(path.join(tmpdir(), 'redrive-ca-'))
    keep({ close: () => rm(folder, { recursive: true }) })
    const file = path.join(folder, 'ca.pem')
    await writeFile(file, authority.cert)
    expect(gist(await run(receiver.url, { NODE_EXTRA_CA_CERTS: file }))).toBe(200)
  })
})

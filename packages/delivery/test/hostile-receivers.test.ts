import { describe, expect, test } from '@jest/globals'
import { startBlackHole } from '@redrive/testkit/black-hole'
import { eventually } from '@redrive/testkit/conditions'
import { startRawServer } from '@redrive/testkit/raw-server'
import { ENCODINGS, LENGTHS, SYNTAX } from './hostile/answers.ts'
import { CONNECTIONS, FLOODS } from './hostile/connections.ts'
import { authority, TLS } from './hostile/tls.ts'
import { TRANSPORTS, closeAfterAll, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const rows = [...CONNECTIONS, ...FLOODS, ...LENGTHS, ...SYNTAX, ...ENCODINGS, ...TLS]

/** What was said of each by the first transport; the others have to say the same. */
const sentences = new Map<string, string>()

describe.each(TRANSPORTS)('by %s, a receiver that', (transport) => {
  const keep = closeAfterEach()
  const sender = closeAfterAll()(loopbackSender({ transport, tls: { ca: [authority.cert] } }))

  test.each(rows)('$name', async (row) => {
    const server = keep(await startRawServer(row.server))
    const url = row.url?.(server.port) ?? `${server.url}/hook?q=1`
    const outcome = await sender.send(requestTo(url, { timeoutMs: row.deadline ? 300 : 20_000 }))

    expect(gist(outcome)).toBe(row.expect)
    if (outcome.kind === 'error') {
      expect(outcome.message).toMatch(row.says ?? /^.+\.$/u)
      expect(outcome.message).not.toMatch(/hook|q=1/u)
      const sentence = outcome.message.replaceAll(`:${String(server.port)}`, '')
      expect(sentence).toBe(sentences.get(row.name) ?? sentence)
      sentences.set(row.name, sentence)
    } else {
      expect(Buffer.byteLength(outcome.body)).toBeLessThanOrEqual(3 * 16_384)
      if (typeof row.body === 'string') expect(outcome.body).toBe(row.body)
      if (row.body instanceof RegExp) expect(outcome.body).toMatch(row.body)
      if (row.truncated !== undefined) expect(outcome.bodyTruncated).toBe(row.truncated)
    }
    expect(outcome.timings.total).toBe(outcome.durationMs)
    if (row.deadline) expect(outcome.durationMs).toBeGreaterThanOrEqual(290)
    else expect(outcome.durationMs).toBeLessThan(10_000)

    // Whatever was cut, dripped or broken off holds no connection. Only a sound answer may leave one, idle.
    const sound = outcome.kind === 'response' && !outcome.bodyTruncated
    await eventually(() => server.connections.open <= (sound ? 1 : 0), 'the connections to be closed')
    expect(server.connections.total).toBe(1)
  })

  test('refuses connections', async () => {
    const server = await startRawServer({})
    await server.close()
    const outcome = await sender.send(requestTo(server.url))
    expect(outcome).toMatchObject({
      code: 'connect',
      message: `127.0.0.1:${String(server.port)} refused the connection.`,
    })
  })

  test('answers no SYN', async () => {
    const hole = keep(await startBlackHole())
    const impatient = keep(loopbackSender({ transport, connectTimeoutMs: 200 }))
    const url = `http://127.0.0.1:${String(hole.port)}/`
    expect(await impatient.send(requestTo(url))).toMatchObject({
      code: 'timeout',
      message: `127.0.0.1:${String(hole.port)} did not accept a connection within 0.2 s.`,
    })
    expect(await sender.send(requestTo(url, { timeoutMs: 200 }))).toMatchObject({
      code: 'timeout',
      message: 'The deadline of 0.2 s passed while connecting.',
    })
  })
})

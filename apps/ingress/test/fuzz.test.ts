import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { newId } from '@redrive/core'
import { type Receiver, startReceiver } from '@redrive/testkit/receiver'
import fc from 'fast-check'
import { pageRequest, renderPage } from '../src/http/cursor.ts'
import { Problem } from '../src/http/problem.ts'
import { startIngress, type TestIngress } from './harness.ts'
import { startWorkerBeside } from './worker-beside.ts'

describe('cursors', () => {
  const row = { id: newId() }
  const page = { data: [row], hasOlder: true, hasNewer: true }
  const genuine = renderPage('events', page, () => null) as { nextCursor: string; prevCursor: string }

  test('of the list’s own are positions in it', () => {
    expect(pageRequest('events', { limit: 7, cursor: genuine.nextCursor })).toEqual({ limit: 7, olderThan: row.id })
    expect(pageRequest('events', { limit: 7, cursor: genuine.prevCursor })).toEqual({ limit: 7, newerThan: row.id })
  })

  test('that were made up or changed are refused, or positions; nothing else ever', () => {
    const made = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String().map((text) => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
      fc.string().map((text) => Buffer.from(`events.o.${text}`).toString('base64url')),
      fc
        .tuple(fc.nat(genuine.nextCursor.length), fc.string({ maxLength: 2 }))
        .map(([at, text]) => genuine.nextCursor.slice(0, at) + text + genuine.nextCursor.slice(at + 1)),
    )
    fc.assert(
      fc.property(made, fc.constantFrom('events', 'endpoints', 'deliveries'), (cursor, list) => {
        try {
          const request = pageRequest(list, { limit: 1, cursor })
          expect(request.olderThan ?? request.newerThan).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          expect(error.status).toBe(422)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('payloads', () => {
  let server: TestIngress
  let worker: ReturnType<typeof startWorkerBeside>
  let receiver: Receiver
  beforeAll(async () => {
    server = await startIngress()
    worker = startWorkerBeside(server)
    receiver = await startReceiver()
  })
  afterAll(async () => {
    await worker.close()
    await server.close()
    await receiver.close()
  })

  /** JSON as people and programs write it: any spacing, any spelling of numbers and strings. */
  const spelling = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.json({ stringUnit: 'grapheme' }).map((text) => `[ ${text} ,\t${text}\r\n]`),
    fc.bigInt().map(String),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => `[${value.toExponential(20)},-0.0E+00]`),
    fc
      .string({ unit: 'binary', maxLength: 200 })
      .map((text) => JSON.stringify({ text, escaped: 'x' }).replace('"x"', '"\\u0041\\/"')),
    fc
      .array(fc.constantFrom('"a"', '"__proto__"', '"constructor"'))
      .map((names) => `{${names.map((name) => `${name}:1`).join(',')}}`),
  )

  test('come to the receiver byte for byte, through publish, ledger, queue and HTTP', async () => {
    const { key } = await server.tenant()
    await server.call('POST', '/v1/endpoints', { key, json: { url: receiver.url } })
    const payloads = fc.sample(spelling, 120)
    const published = new Map<string, string>()
    for (const payload of payloads) {
      const answer = await server.call('POST', '/v1/events', { key, text: `{"payload":${payload},"type":"fuzz"}` })
      expect([payload, answer.status]).toEqual([payload, 202])
      published.set(String(answer.json['id']), payload)
    }
    const requests = await receiver.waitFor(payloads.length)
    expect(published.size).toBe(payloads.length)
    for (const { headers, body } of requests) {
      expect(body.toString()).toBe(published.get(String(headers['webhook-id']))?.trim())
    }
  })
})

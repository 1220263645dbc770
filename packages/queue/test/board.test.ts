import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { backendsUnderTest } from '@redrive/testkit/redis'
import express from 'express'
import { type Board, createBoard, createProducer, migrateQueue, type Producer } from '../src/index.ts'
import { deliverJob } from './support.ts'

describe.each(backendsUnderTest())('Bull Board on $name', ({ start }) => {
  let stop: () => Promise<void>
  let board: Board
  let producer: Producer
  let server: Server
  let base: string
  const job = deliverJob({ delayMs: 60_000 })

  beforeAll(async () => {
    const { backend, stop: stopBackend } = await start()
    stop = stopBackend
    await migrateQueue(backend)
    producer = createProducer({ backend, log: silentLog })
    await producer.add([job])
    board = createBoard({
      backend,
      basePath: '/admin/queues',
      deliveryUrl: ({ tenantId, deliveryId }) => `/admin/deliveries/${tenantId}/${deliveryId}`,
      log: silentLog,
    })
    server = createServer(express().use('/admin/queues', board.router)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    base = `http://127.0.0.1:${String(address.port)}/admin/queues`
  })
  afterAll(async () => {
    server.close()
    server.closeAllConnections()
    await board.close()
    await producer.close()
    await stop()
  })

  test('shows its page and the page’s scripts', async () => {
    const page = await fetch(`${base}/`)
    const html = await page.text()
    expect(page.status).toBe(200)
    expect(html).toContain('Redrive queues')
    const script = /src="([^"]+\.js)"/.exec(html)?.[1]
    if (script === undefined) throw new Error('no script')
    const asset = await fetch(new URL(script, `${base}/`))
    expect(asset.status).toBe(200)
  })

  test('lists the queues with descriptions, and a job with a link to its delivery', async () => {
    const answer = await fetch(`${base}/api/queues?activeQueue=deliver&status=delayed`)
    expect(answer.status).toBe(200)
    const body: unknown = await answer.json()
    const names = ['publish', 'publish-slow', 'deliver', 'deliver-slow', 'retry']
    expect(body).toMatchObject({
      queues: expect.arrayContaining(
        names.map((name) => expect.objectContaining({ name, description: expect.stringMatching(/./) })),
      ),
    })
    expect(body).toMatchObject({
      queues: expect.arrayContaining([
        expect.objectContaining({
          name: 'deliver',
          counts: expect.objectContaining({ delayed: 1 }),
          jobs: [
            expect.objectContaining({
              id: job.id,
              name: `${job.payload.eventType} → endpoint ${job.payload.endpointId}`,
              externalUrl: {
                displayText: 'Delivery',
                href: `/admin/deliveries/${job.payload.tenantId}/${job.payload.deliveryId}`,
              },
            }),
          ],
        }),
      ]),
    })
  })

  test.each([
    ['POST', 'deliver/add'],
    ['PUT', 'deliver/clean/failed'],
    ['PUT', 'deliver/obliterate'],
    ['PUT', 'deliver/empty'],
    ['PUT', 'deliver/promote'],
    ['PUT', 'deliver/retry/failed'],
    ['PATCH', `deliver/${job.id}/update-data`],
    ['PUT', `deliver/${job.id}/clean`],
  ])('forbids %s %s', async (method, path) => {
    const answer = await fetch(`${base}/api/queues/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'x', data: {}, options: {}, jobData: {} }),
    })
    expect(answer.status).toBe(403)
    expect((await producer.counts()).deliver).toMatchObject({ delayed: 1 })
  })

  test('lets a person hurry a delayed job', async () => {
    const answer = await fetch(`${base}/api/queues/deliver/${job.id}/promote`, { method: 'PUT' })
    expect(answer.status).toBeLessThan(300)
    expect((await producer.counts()).deliver).toMatchObject({ waiting: 1, delayed: 0 })
  })
})

import type { AddressInfo } from 'node:net'
import express from 'express'
import { z } from 'zod'
import { answerQuestions } from '../helper.ts'

/** Express 5 that parses JSON, checks it with zod and answers 202: what publishing would be if nothing were kept. */
export type Question = object
export interface Answer {
  url: string
}

const event = z.object({ type: z.string().min(1).max(128), payload: z.record(z.string(), z.unknown()) })
const batch = z.object({ events: z.array(event).min(1).max(1000) })

const app = express()
app.use(express.json({ limit: '64mb' }))
app.post('/v1/events', (request, response) => {
  response.status(202).json({ id: event.parse(request.body).type })
})
app.post('/v1/events/batch', (request, response) => {
  const { events } = batch.parse(request.body)
  response.status(202).json({ data: events.map(({ type }) => ({ id: type })) })
})
const server = app.listen(0, '127.0.0.1')

answerQuestions((): Answer => {
  // a TCP server that listens has such an address
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${String(port)}` }
})

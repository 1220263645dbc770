import type { AddressInfo } from 'node:net'
import express from 'express'
import { type PublishEvent, publishBatch, publishEvent } from '@redrive/contracts'
import { answerQuestions } from '../helper.ts'

/**
 * Express 5 as it comes, which parses JSON, checks it with the schemas of our own routes and answers 202 as they do: what
 * publishing would be if nobody had to be known and nothing were kept.
 */
export type Question = object
export interface Answer {
  url: string
}

const ID = '01890a5d-ac96-7000-8000-000000000000'
/** As long as what the route answers. */
function answered({ type, channel, subject, metadata, idempotencyKey, ...rest }: PublishEvent): object {
  const { endpointId, deliverAt, expiresAt } = rest
  return {
    id: ID,
    tenantId: ID,
    ...{ type, channel, subject, metadata, idempotencyKey, endpointId, deliverAt, expiresAt },
    createdAt: new Date(),
    status: 'pending',
  }
}

const app = express()
app.use(express.json({ limit: '64mb' }))
app.post('/v1/events', (request, response) => {
  response.status(202).json(answered(publishEvent.parse(request.body)))
})
app.post('/v1/events/batch', (request, response) => {
  const { events } = publishBatch.parse(request.body)
  const accepted = events.map((event) => publishEvent.parse(event))
  response.status(202).json({ data: accepted.map(() => ({ id: ID })) })
})
const server = app.listen(0, '127.0.0.1')

answerQuestions((): Answer => {
  // a TCP server that listens has such an address
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${String(port)}` }
})

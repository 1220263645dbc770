import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { type LedgerNews, type NewJob, type Producer, QueueUnavailable, slowed, tellingLedger } from '../src/index.ts'
import { deliverJob } from './support.ts'

const away = new QueueUnavailable('did not take jobs', 'refused')
const eventId = randomUUID()
const publish: NewJob = { name: 'publish', id: `evt_${eventId}`, payload: { v: 1, eventIds: [eventId] } }

function open(add: Producer['add']) {
  const told: [keyof LedgerNews, unknown][] = []
  const listens = (what: keyof LedgerNews) => (ids: unknown) => Promise.resolve(void told.push([what, ids]))
  const ledger: LedgerNews = { unbrought: listens('unbrought'), mayWait: listens('mayWait') }
  return { told, producer: tellingLedger({ add }, ledger, silentLog) }
}

test('what is not taken is told before its caller hears of it', async () => {
  const { told, producer } = open(() => Promise.reject(away))
  const job = deliverJob()
  await expect(producer.add([publish, slowed(publish, 1), job])).rejects.toBe(away)
  expect(told).toEqual([['unbrought', { eventIds: [eventId, eventId], deliveryIds: [job.payload.deliveryId] }]])
})

test('of what is taken, those events are told that wait among a flood', async () => {
  const { told, producer } = open(() => Promise.resolve())
  await producer.add([publish, deliverJob(), slowed(deliverJob(), 1)])
  expect(told).toEqual([])
  await producer.add([publish, slowed({ ...publish, payload: { v: 1, eventIds: ['a', 'b'] } }, 1)])
  expect(told).toEqual([['mayWait', ['a', 'b']]])
})

test.each(['refuses', 'takes'])(
  'where it can not be told, the caller hears what the queue said: it %s them',
  async (how) => {
    const deaf = () => Promise.reject(new Error('no database'))
    const add: Producer['add'] = () => (how === 'takes' ? Promise.resolve() : Promise.reject(away))
    const adding = tellingLedger({ add }, { unbrought: deaf, mayWait: deaf }, silentLog).add([slowed(publish, 1)])
    await (how === 'takes' ? adding : expect(adding).rejects.toBe(away))
  },
)

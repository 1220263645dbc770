import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { silentLog } from '@redrive/runtime'
import { type Misses, type NewJob, type Producer, QueueUnavailable, tellingMisses } from '../src/index.ts'
import { deliverJob } from './support.ts'

const away = new QueueUnavailable('did not take jobs', 'refused')
const eventId = randomUUID()
const publish: NewJob = { name: 'publish', id: `evt_${eventId}`, payload: { v: 1, eventIds: [eventId] } }

test('what is not taken is told before its caller hears of it', async () => {
  const told: Misses[] = []
  let isAway = true
  const add: Producer['add'] = () => (isAway ? Promise.reject(away) : Promise.resolve())
  const producer = tellingMisses({ add }, (misses) => Promise.resolve(void told.push(misses)), silentLog)
  const job = deliverJob()
  await expect(producer.add([publish, job])).rejects.toBe(away)
  expect(told).toEqual([{ eventIds: [eventId], deliveryIds: [job.payload.deliveryId] }])
  isAway = false
  await producer.add([job])
  expect(told).toHaveLength(1)
})

test('where it can not be told, the caller hears what the queue said', async () => {
  const add: Producer['add'] = () => Promise.reject(away)
  const producer = tellingMisses({ add }, () => Promise.reject(new Error('no database')), silentLog)
  await expect(producer.add([publish])).rejects.toBe(away)
})

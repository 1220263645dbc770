import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventPage } from '@redrive/contracts'
import { startIngress, type TestIngress } from './harness.ts'

let server: TestIngress
let ours: Awaited<ReturnType<TestIngress['tenant']>>
let published: string[]
beforeAll(async () => {
  server = await startIngress()
  ours = await server.tenant('Ours')
  published = []
  for (let n = 0; n < 7; n++)
    published.unshift(await publish({ type: n % 2 === 0 ? 'order.even' : 'order.odd', channel: `c${String(n % 3)}` }))
})
afterAll(() => server.close())

async function publish(event: object): Promise<string> {
  const answer = await server.call('POST', '/v1/events', { key: ours.key, json: { payload: 1, ...event } })
  return String(answer.json['id'])
}
async function list(query: string, path = '/v1/events') {
  const answer = await server.call('GET', `${path}?${query}`, { key: ours.key })
  expect(answer.status).toBe(200)
  const { data, nextCursor, prevCursor } = eventPage.parse(answer.json)
  return { ids: data.map(({ id }) => id), nextCursor, prevCursor }
}

test('pages go down and up again, newest first, while rows are added', async () => {
  const first = await list('limit=3')
  expect(first).toMatchObject({ ids: published.slice(0, 3), prevCursor: null })
  const added = await publish({ type: 'other.event' })
  const second = await list(`limit=3&cursor=${String(first.nextCursor)}`)
  expect(second.ids).toEqual(published.slice(3, 6))
  const third = await list(`limit=3&cursor=${String(second.nextCursor)}`)
  expect(third).toMatchObject({ ids: published.slice(6), nextCursor: null })
  const back = await list(`limit=3&cursor=${String(third.prevCursor)}`)
  expect(back.ids).toEqual(second.ids)
  const top = await list(`limit=3&cursor=${String(back.prevCursor)}`)
  expect(top.ids).toEqual(first.ids)
  expect((await list(`limit=3&cursor=${String(top.prevCursor)}`)).ids).toEqual([added])
})

test('filters', async () => {
  const odd = published.filter((_id, index) => (6 - index) % 2 === 1)
  expect((await list('type=order.odd')).ids).toEqual(odd)
  expect((await list('type=order.*&limit=250')).ids).toEqual(published)
  expect((await list('channel=c2')).ids).toHaveLength(2)
  expect((await list('since=2100-01-01')).ids).toEqual([])
  expect((await list('until=2000-01-01')).ids).toEqual([])
})

const cursor = (text: string) => Buffer.from(text).toString('base64url')
const ID = '01890a5d-ac96-774b-bcce-b302099a8057'
test.each([
  ['limit=0', '/limit'],
  ['limit=251', '/limit'],
  ['limit=1e2', '/limit'],
  ['limit=1&limit=2', '/limit'],
  ['cursor=', '/cursor'],
  ['cursor=nonsense', '/cursor'],
  [`cursor=${cursor(`deliveries.o.${ID}`)}`, '/cursor'],
  [`cursor=${cursor(`events.x.${ID}`)}`, '/cursor'],
  [`cursor=${cursor(`events.o.${ID.replace('7', 'z')}`)}`, '/cursor'],
  [`cursor=${cursor(`events.o.${ID}`)}x`, '/cursor'],
  ['type=a..b', '/type'],
  ['channel=%00', '/channel'],
  ['since=yesterday', '/since'],
  ['since=2030-01-02&until=2030-01-01', '/until'],
  ['since=%2B275760-09-13T00:00:00.000Z', '/since'],
  ['__proto__=1', '/__proto__'],
])('?%s is refused', async (query, pointer) => {
  const answer = await server.call('GET', `/v1/events?${query}`, { key: ours.key })
  expect(answer.status).toBe(422)
  expect(answer.json['errors']).toMatchObject([{ pointer }])
})

test('another tenant’s cursor shows nothing of theirs', async () => {
  const { nextCursor } = await list('limit=3')
  const theirs = await server.tenant('Theirs')
  const answer = await server.call('GET', `/v1/events?cursor=${String(nextCursor)}`, { key: theirs.key })
  expect([answer.status, answer.json['data']]).toEqual([200, []])
})

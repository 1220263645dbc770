import type { LookupAddress } from 'node:dns'
import { expect, test } from '@jest/globals'
import { sharedLookUps } from '../src/look-up.ts'

const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 }

/** Look-ups that are answered when the test says so, by a clock of its own. */
function slowly() {
  const asked: string[] = []
  const waiting = new Map<string, PromiseWithResolvers<LookupAddress[]>>()
  let now = 0
  const resolve = sharedLookUps(
    (hostname) => {
      asked.push(hostname)
      const answer = Promise.withResolvers<LookupAddress[]>()
      waiting.set(hostname, answer)
      return answer.promise
    },
    () => now,
  )
  return { resolve, asked, waiting, pass: (ms: number) => (now += ms) }
}

test('a name is looked up once at a time, and anew once that is answered', async () => {
  const { resolve, asked, waiting } = slowly()
  const all = [resolve('a.example'), resolve('a.example'), resolve('b.example')]
  expect(asked).toEqual(['a.example', 'b.example'])
  waiting.get('a.example')?.resolve([LOOPBACK])
  waiting.get('b.example')?.resolve([])
  expect(await Promise.all(all)).toEqual([[LOOPBACK], [LOOPBACK], []])
  void resolve('a.example')
  expect(asked).toEqual(['a.example', 'b.example', 'a.example'])
})

test('who asks for a name whose look-up hangs is refused at once, and others are not', async () => {
  const { resolve, asked, waiting, pass } = slowly()
  const first = resolve('hangs.example')
  pass(7_999)
  void resolve('hangs.example')
  pass(1)
  await expect(resolve('hangs.example')).rejects.toMatchObject({ code: 'ETIMEOUT' })
  void resolve('other.example')
  expect(asked).toEqual(['hangs.example', 'other.example'])
  waiting.get('hangs.example')?.resolve([LOOPBACK])
  expect(await first).toEqual([LOOPBACK])
  void resolve('hangs.example')
  expect(asked).toEqual(['hangs.example', 'other.example', 'hangs.example'])
})

test('a name that could not be looked up is asked for again', async () => {
  const { resolve, asked, waiting } = slowly()
  const first = resolve('a.example')
  waiting.get('a.example')?.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
  await expect(first).rejects.toMatchObject({ code: 'ENOTFOUND' })
  void resolve('a.example')
  expect(asked).toHaveLength(2)
})

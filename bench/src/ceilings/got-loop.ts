import { Agent } from 'node:http'
import got from 'got'
import { answerQuestions, now } from '../helper.ts'

/** got as it is commonly at its best: one extended client, keep-alive, none of what costs much. Posts as fast as it can. */
export interface Question {
  urls: readonly string[]
  bytes: number
  concurrency: number
  warmUpSeconds: number
  seconds: number
}
export interface Answer {
  perSecond: number
}

answerQuestions(async ({ urls, bytes, concurrency, warmUpSeconds, seconds }: Question): Promise<Answer> => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const client = got.extend({
    agent: { http: agent },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    timeout: { request: 15_000, connect: 10_000 },
    headers: { 'content-type': 'application/json', 'webhook-id': 'msg_bench', 'webhook-timestamp': '1700000000' },
  })
  const body = JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) })
  const startsAt = now() + warmUpSeconds * 1000
  const endsAt = startsAt + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: concurrency }, async (_, n) => {
      while (now() < endsAt) {
        await client.post(urls[n % urls.length] ?? '', { body })
        if (now() >= startsAt && now() < endsAt) done += 1
      }
    }),
  )
  agent.destroy()
  return { perSecond: done / seconds }
})

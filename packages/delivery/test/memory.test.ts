import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import { TRANSPORTS, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const keep = closeAfterEach()
const MB = 1_048_576

/** Bytes that are in use after a full collection. */
async function bytesInUse(): Promise<number> {
  setFlagsFromString('--expose-gc')
  // What this expression evaluates to, now that the flag is set.
  const collect = runInNewContext('gc') as () => void
  // Twice, with the loop in between: closing sockets lets go of memory in its own time.
  collect()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe.each(TRANSPORTS)('by %s', (transport) => {
  test.each([
    ['bodies without end', does.floods('HTTP/1.1 200 OK\r\n\r\n', 'body'), 200],
    ['interim answers without end', does.floods('', 'HTTP/1.1 100 Continue\r\n\r\n'), 'protocol'],
    ['headers without end', does.floods('HTTP/1.1 200 OK\r\n', 'x-header: value\r\n'), 'protocol'],
    ['resets', does.resetsOnRequest, 'reset'],
  ])('%s leave memory flat and no connection open', async (_, behaviour, expected) => {
    const server = keep(await startRawServer(behaviour))
    const sender = keep(loopbackSender({ transport }))
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        const outcomes = await Promise.all(Array.from({ length: 8 }, () => sender.send(requestTo(server.url))))
        expect(outcomes.map(gist)).toEqual(Array(8).fill(expected))
      }
      await eventually(() => server.connections.open === 0, 'the connections to be closed')
    }
    await rounds(5)
    const before = await bytesInUse()
    await rounds(30)
    expect((await bytesInUse()) - before).toBeLessThan(4 * MB)
  })
})

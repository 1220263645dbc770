import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { eventually } from '@redrive/testkit/conditions'
import { bytesGrownOldBy, bytesInUse, MB } from '@redrive/testkit/garbage'
import * as does from '@redrive/testkit/misbehaviours'
import { startRawServer } from '@redrive/testkit/raw-server'
import { TRANSPORTS, closeAfterEach, gist, loopbackSender, requestTo } from './sending.ts'

const keep = closeAfterEach()

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

  test('a delivery that is over is garbage for the next collection of young objects', async () => {
    const server = keep(await startRawServer(does.says('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')))
    const script = path.join(import.meta.dirname, 'send-often.ts')
    expect(await bytesGrownOldBy(script, server.url, transport)).toBeLessThan(8 * MB)
  })
})

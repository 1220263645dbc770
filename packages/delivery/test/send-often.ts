/** Sends to `argv[2]` by the transport `argv[3]`, a thousand times. Prints how many bytes grew old by it. */
import { bytesGrownOld } from '@redrive/testkit/garbage'
import { createAddressPolicy, createSender } from '../src/index.ts'

const sender = createSender({
  addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] }),
  maxSocketsPerOrigin: 1,
  transport: process.argv[3] === 'undici' ? 'undici' : 'got',
})
const request = { url: process.argv[2] ?? '', headers: {}, body: '{"n":1}', timeoutMs: 5_000 }
const send = async (): Promise<void> => {
  const outcome = await sender.send(request)
  if (outcome.kind !== 'response') throw new Error(outcome.code)
}
process.stdout.write(String(await bytesGrownOld(send, 1_000)))
await sender.close()

/** Sends one request to `argv[2]` by the transport `argv[3]` from a process of its own, for what a process's environment may change. Prints the outcome. */
import { createAddressPolicy, createSender } from '../src/index.ts'

const sender = createSender({
  addressPolicy: createAddressPolicy({ allowNetworks: ['127.0.0.0/8'] }),
  maxSocketsPerOrigin: 1,
  transport: process.argv[3] === 'undici' ? 'undici' : 'got',
})
const outcome = await sender.send({ url: process.argv[2] ?? '', headers: {}, body: '', timeoutMs: 5_000 })
await sender.close()
process.stdout.write(JSON.stringify(outcome))

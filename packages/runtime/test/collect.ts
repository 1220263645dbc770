/** Two full collections of what is alive, as the services do it. */
import { collectSeldom } from '../src/heap.ts'

collectSeldom()
const alive = Array.from({ length: 200_000 }, (_, n) => ({ n, text: [n, n] }))
for (let n = 0; n < 2; n++) globalThis.gc?.()
process.stdout.write(`alive ${String(alive.length)}\n`)

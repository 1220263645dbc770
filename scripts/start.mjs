/** `npm start`: makes the clone ready and runs apps/standalone under a Node that knows TypeScript. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { prepare, root } from './bootstrap.mjs'

const node = await prepare()

// The IPC channel is how the child learns that this process was killed.
const child = spawn(node, [join(root, 'apps', 'standalone', 'src', 'main.ts')], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))

// If npm is killed, nobody tells us.
const parent = process.ppid
if (process.env.npm_lifecycle_event) {
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM')
  }, 1000).unref()
}

child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal])
})

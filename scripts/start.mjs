/** `npm start`: makes the clone ready and runs apps/standalone under a Node that knows TypeScript. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { prepare, root } from './bootstrap.mjs'

const node = await prepare()

// The IPC channel is how the child learns that this process was killed.
const child = spawn(node, [join(root, 'apps', 'standalone', 'src', 'main.ts')], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))

// If npm is killed, nobody tells us: it is our parent, or our shell's.
if (process.env.npm_lifecycle_event) {
  const family = ancestors()
  const watch = setInterval(() => {
    if (ancestors() === family) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 1000)
}

child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal])
})

function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8')
    const [, grandparent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${process.ppid} ${grandparent}`
  } catch {
    return String(process.ppid)
  }
}

/** `npm test`: makes the clone ready and runs the whole suite, or what the arguments name, on both queue backends. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fail, prepare, root } from './bootstrap.mjs'

const NO_REDIS = 'no redis-server on the PATH and no REDIS_URL: the tests on the Redis queue can not run'

const hasRedis = Boolean(process.env.REDIS_URL) || spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis && process.env.CI) fail(`${NO_REDIS}.`)

const node = await prepare()
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
const child = spawn(node, [...flags, jest, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  if (!hasRedis) process.stdout.write(`\nHalf done: ${NO_REDIS}, and were left out.\n`)
  process.exit(code ?? 1)
})

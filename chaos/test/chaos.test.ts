import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { backendsUnderTest } from '@redrive/testkit/redis'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const SEED = 7

/** The short form of `npm run chaos`. Its output, with the seed, is shown when it fails. */
test.each(backendsUnderTest())(
  'nothing is lost, and every duplicate is explained, with the queue in $name',
  async ({ name }) => {
    const backend = name === 'redis' ? ['--redis'] : []
    const run = ['--events', '150', '--seconds', '8', '--seed', String(SEED), ...backend]
    const child = spawn(process.execPath, [MAIN, ...run], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    process.stdout.write(`${said.split('\n')[0] ?? ''}\n`)
    expect(said).toMatch(/^GOOD/m)
    expect(said).toMatch(/^lost {9}0$/m)
    expect(child.exitCode).toBe(0)
  },
  300_000,
)

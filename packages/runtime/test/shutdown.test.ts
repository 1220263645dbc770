import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { checkHealth, createShutdown } from '../src/index.ts'

test('closes in the reverse order, one after the other, once', async () => {
  const shutdown = createShutdown({ deadlineMs: 5000 })
  const order: string[] = []
  for (const name of ['store', 'queue', 'server']) {
    shutdown.add(name, async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(`${name} ends`)
    })
  }
  const failures = await Promise.all([shutdown.run(), shutdown.run()])
  expect(failures).toEqual([[], []])
  expect(order).toEqual(['server', 'queue', 'store'].flatMap((name) => [`${name} begins`, `${name} ends`]))
})

test('goes on after a failure, and says what failed', async () => {
  const shutdown = createShutdown({ deadlineMs: 5000 })
  const closed: string[] = []
  shutdown.add('store', () => void closed.push('store'))
  shutdown.add('queue', () => {
    throw new Error('stuck')
  })
  expect(await shutdown.run()).toEqual([{ name: 'queue', error: new Error('stuck') }])
  expect(closed).toEqual(['store'])
})

test('does not wait beyond the deadline, and still closes the rest', async () => {
  const shutdown = createShutdown({ deadlineMs: 10 })
  const closed: string[] = []
  shutdown.add('store', () => void closed.push('store'))
  shutdown.add('server', () => new Promise(() => undefined))
  const failures = await shutdown.run()
  expect(failures.map(({ name }) => name)).toEqual(['server'])
  expect(closed).toEqual(['store'])
})

const SIGNALS = new URL('../src/signals.ts', import.meta.url).href

/** A process that says what it was asked, and never stops by itself. */
async function listener(): Promise<{ child: ChildProcess; said: () => string }> {
  const script = `
    import { onSignals } from '${SIGNALS}'
    onSignals(process, (reason) => console.log('asked: ' + reason))
    setInterval(() => undefined, 1000)
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await until(() => said.includes('ready'))
  return { child, said: () => said }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('a signal asks once; the same Ctrl-C again does nothing; a later one ends the process', async () => {
  const { child, said } = await listener()
  child.kill('SIGINT')
  await until(() => said().includes('asked: SIGINT'))
  child.kill('SIGTERM')
  const exited = once(child, 'exit')
  const insist = setInterval(() => child.kill('SIGTERM'), 200)
  expect(await exited).toEqual([143, null])
  clearInterval(insist)
  expect(said().match(/asked/g)).toHaveLength(1)
})

test('the end of the parent asks a child to stop', async () => {
  const { child, said } = await listener()
  child.disconnect()
  await until(() => said().includes('asked: parent gone'))
  child.kill('SIGKILL')
})

test('health: unavailable if something essential is, degraded if something else is', async () => {
  const well = { check: () => Promise.resolve(), essential: true }
  const ill = (essential: boolean) => ({ check: () => Promise.reject(new Error('secret host')), essential })
  const silent = { check: () => new Promise<void>(() => undefined), essential: false }
  expect(await checkHealth({ database: well }, 1000)).toEqual({ status: 'ok', checks: { database: { state: 'ok' } } })
  expect(await checkHealth({ database: well, queue: ill(false) }, 1000)).toMatchObject({ status: 'degraded' })
  expect(await checkHealth({ database: ill(true), queue: ill(false) }, 1000)).toMatchObject({ status: 'unavailable' })
  expect(await checkHealth({ queue: silent }, 10)).toMatchObject({ status: 'degraded' })
  expect(JSON.stringify(await checkHealth({ database: ill(true) }, 1000))).not.toContain('secret host')
})

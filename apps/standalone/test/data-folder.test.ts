import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openDataFolder } from '../src/data-folder.ts'
import { takeLock } from '../src/lock.ts'
import { createProcesses } from '../src/processes.ts'
import { StartError } from '../src/start-error.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'redrive-test-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const processes = createProcesses(process)
const patience = { patienceMs: 0 }

test('makes the folder for its owner alone, and files too', () => {
  const path = join(folder, 'a', 'b')
  const data = openDataFolder(path, { asRoot: false })
  data.write('secret', 'x')
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(statSync(join(path, 'secret')).mode & 0o777).toBe(0o600)
  expect(readdirSync(path)).toEqual(['secret'])
})

test('keeps what was made the first time', () => {
  const data = openDataFolder(folder, { asRoot: false })
  expect(data.keep('key', () => 'first')).toBe('first')
  expect(data.keep('key', () => 'second')).toBe('first')
  expect(data.read('other')).toBeNull()
})

test.each(['/proc/redrive', '/dev/null', '/dev/null/redrive'])('says in one line that %s can not be used', (path) => {
  const open = (): unknown => openDataFolder(path, { asRoot: false })
  expect(open).toThrow(StartError)
  expect(open).toThrow(/^Can't use .*REDRIVE_DATA_DIR\.$/)
})

test('a second start is refused while the first runs, and goes once it has released the lock', async () => {
  const first = await takeLock(folder, processes, patience)
  await expect(takeLock(folder, processes, patience)).rejects.toThrow(
    `already running here (process ${String(process.pid)}`,
  )
  first.release()
  const second = await takeLock(folder, processes, patience)
  expect(second.healed).toBe(false)
})

test('a lock whose holder is gone is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: child.pid, startedAt: '1', stopping: false }))
  expect((await takeLock(folder, processes, patience)).healed).toBe(true)
})

test('a lock whose pid belongs to another process now is taken over', async () => {
  const lock = { pid: process.ppid, startedAt: 'long ago', stopping: false }
  writeFileSync(join(folder, 'lock'), JSON.stringify(lock))
  expect((await takeLock(folder, processes, patience)).healed).toBe(true)
})

test('half a lock is taken over', async () => {
  writeFileSync(join(folder, 'lock'), '{"pid":')
  expect((await takeLock(folder, processes, patience)).healed).toBe(true)
})

test('a start waits for one that is stopping', async () => {
  const first = await takeLock(folder, processes, patience)
  first.markStopping()
  const second = takeLock(folder, processes, { patienceMs: 20_000 })
  setImmediate(first.release)
  expect((await second).healed).toBe(false)
})

test('of many starts at once one gets the lock, a stale one lying there or not', async () => {
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.ppid, startedAt: 'long ago', stopping: false }))
  const script = `
    import { takeLock } from '${new URL('../src/lock.ts', import.meta.url).href}'
    import { createProcesses } from '${new URL('../src/processes.ts', import.meta.url).href}'
    const got = await takeLock('${folder}', createProcesses(process), { patienceMs: 0 }).then(() => 1, () => 0)
    process.send(got)
    process.on('disconnect', () => process.exit())`
  const starts = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  const answers = await Promise.all(starts.map(async (child) => Number((await once(child, 'message'))[0])))
  for (const child of starts) child.disconnect()
  expect(answers.reduce((sum, got) => sum + got, 0)).toBe(1)
})

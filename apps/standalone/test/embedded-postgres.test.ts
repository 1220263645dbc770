import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { findPostgres } from '@redrive/embedded-postgres'
import { migrate } from '@redrive/store'
import { openDataFolder } from '../src/data-folder.ts'
import { startEmbeddedPostgres } from '../src/embedded-postgres.ts'
import type { EmbeddedPostgres } from '../src/embedded-postgres.ts'
import { createProcesses } from '../src/processes.ts'

const machine = { platform: process.platform, arch: process.arch, uid: process.getuid?.() }
const processes = createProcesses(process)
let path: string
let running: EmbeddedPostgres | undefined

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'redrive-test-')), 'data')
  // mkdtemp makes it for us alone; PostgreSQL under root is somebody else.
  rmSync(join(path, '..'), { recursive: true })
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  rmSync(join(path, '..'), { recursive: true, force: true })
})

async function start(): Promise<{ url: string; reports: string[] }> {
  const reports: string[] = []
  const folder = openDataFolder(path, { asRoot: machine.uid === 0 })
  const report = (message: string): void => void reports.push(message)
  running = await startEmbeddedPostgres({ folder, programs: findPostgres(machine, folder.path), processes, report })
  return { url: running.url, reports }
}

async function restart(): Promise<{ url: string; reports: string[] }> {
  await running?.stop()
  return start()
}

function serverPid(): number {
  return Number(readFileSync(join(path, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('starts on a database of its own, and finds it again on the same address', async () => {
  const { url } = await start()
  expect((await migrate(url)).length).toBeGreaterThan(0)
  const again = await restart()
  expect(again.url).toBe(url)
  expect(await migrate(url)).toEqual([])
})

test('heals a first start that ended half way', async () => {
  const unfinished = join(path, 'postgres.new')
  mkdirSync(unfinished, { recursive: true })
  writeFileSync(join(unfinished, 'PG_VERSION'), '18\n')
  await expect(start()).resolves.toBeDefined()
})

test('stops a server whose parent was killed, and starts on its data', async () => {
  const src = (name: string): string => new URL(`../src/${name}.ts`, import.meta.url).href
  const script = `
    import { openDataFolder } from '${src('data-folder')}'
    import { startEmbeddedPostgres } from '${src('embedded-postgres')}'
    import { findPostgres } from '@redrive/embedded-postgres'
    import { createProcesses } from '${src('processes')}'
    const machine = { platform: process.platform, arch: process.arch, uid: process.getuid?.() }
    const folder = openDataFolder('${path}', { asRoot: machine.uid === 0 })
    await startEmbeddedPostgres({ folder, programs: findPostgres(machine, folder.path), processes: createProcesses(process), report: console.error })
    process.kill(process.pid, 'SIGKILL')`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  expect(await once(parent, 'exit')).toEqual([null, 'SIGKILL'])
  const orphan = serverPid()
  expect(processes.isAlive(orphan)).toBe(true)
  const { url } = await start()
  expect(processes.isAlive(orphan)).toBe(false)
  await expect(migrate(url)).resolves.toBeDefined()
})

test('heals a pid file whose number belongs to another program now', async () => {
  await start()
  const file = join(path, 'postgres', 'postmaster.pid')
  const stale = readFileSync(file, 'utf8').replace(/^\d+/, String(process.ppid))
  await running?.stop()
  writeFileSync(file, stale)
  await expect(start()).resolves.toBeDefined()
})

test('a server that is killed is started again', async () => {
  const { url, reports } = await start()
  const first = serverPid()
  process.kill(first, 'SIGKILL')
  await until(() => reports.length > 0)
  await until(() =>
    migrate(url).then(
      () => true,
      () => false,
    ),
  )
  expect(serverPid()).not.toBe(first)
})

test('refuses data of another version in one line', async () => {
  await start()
  await running?.stop()
  writeFileSync(join(path, 'postgres', 'PG_VERSION'), '12\n')
  await expect(start()).rejects.toThrow(/PostgreSQL 12, and this release runs 18/)
})

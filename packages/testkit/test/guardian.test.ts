import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { eventually } from '../src/conditions.ts'

const GUARDIAN = new URL('../src/guardian.ts', import.meta.url).href

/** A program that starts one that would run for ever, and tells its process id. */
function program(folder: string): string {
  return `
    import { spawn } from 'node:child_process'
    import { endWithUs } from ${JSON.stringify(GUARDIAN)}
    const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
    endWithUs(child, { folder: ${JSON.stringify(folder)} })
    process.stdout.write(String(child.pid))
    setInterval(() => undefined, 1000)`
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.each(['SIGKILL', 'SIGINT'] as const)(
  'what a program started ends with it, and its folder goes, by %s',
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'redrive-test-guardian-'))
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program(folder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(parent.stdout, 'data')) as [Buffer] // a stream without an encoding yields Buffers
    const pid = Number(said.toString())
    expect(isRunning(pid)).toBe(true)
    parent.kill(signal)
    await eventually(() => !isRunning(pid) && !existsSync(folder), 'the child and the folder to be gone')
  },
)

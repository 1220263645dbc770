import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * What the guardian runs, as text because it must need nothing of ours: it reads what to end and what to forget, and does
 * it when the pipe closes, which is when the process at its other end is gone, however it ended.
 */
const GUARDIAN = `
  const { rmSync } = require('node:fs')
  const wards = new Map()
  let text = ''
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    const lines = (text + chunk).split('\\n')
    text = lines.pop()
    for (const line of lines) {
      const ward = JSON.parse(line)
      if (ward.gone) wards.delete(ward.pid)
      else wards.set(ward.pid, ward)
    }
  }).on('end', () => {
    // who is gone already needs no signal
    const tell = (pid, signal) => { try { process.kill(pid, signal) } catch {} }
    for (const { pid, signal } of wards.values()) {
      if (!signal) continue
      tell(pid, signal)
      tell(pid, 'SIGCONT')
    }
    setTimeout(() => {
      for (const { folder } of wards.values()) if (folder) rmSync(folder, { recursive: true, force: true })
    }, 1000)
  })`

let pipe: Writable | undefined

/**
 * Sees to it that a child ends when this process does, even by SIGKILL: by `signal`, and with its `folder`. For servers
 * that tests start, which would stay for ever.
 */
export function endWithUs(
  child: Pick<ChildProcess, 'pid' | 'once'> | { pid: number; ended: Promise<void> },
  { signal = 'SIGKILL', folder }: { signal?: NodeJS.Signals; folder?: string } = {},
): void {
  const { pid } = child
  if (pid === undefined) return
  tell({ pid, signal, folder })
  const gone = (): void => {
    tell({ pid, gone: true })
  }
  if ('ended' in child) void child.ended.then(gone)
  else child.once('exit', gone)
}

/** Sees to it that a folder goes when this process does, if nobody has removed it before. */
export function removeWithUs(folder: string): void {
  tell({ pid: folder, folder })
}

function tell(ward: object): void {
  pipe ??= startGuardian()
  pipe.write(`${JSON.stringify(ward)}\n`)
}

/** In a process group of its own, so that Ctrl-C in a terminal does not end it before its work. */
function startGuardian(): Writable {
  const guardian = spawn(process.execPath, ['-e', GUARDIAN], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guardian.unref()
  // neither keeps this process from ending
  ;(guardian.stdin as Writable & { unref?(): void }).unref?.()
  guardian.stdin.on('error', () => undefined)
  return guardian.stdin
}

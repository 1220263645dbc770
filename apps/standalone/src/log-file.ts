import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The file that a child writes its log to, so that the terminal stays readable. */
export interface LogFile {
  path: string
  descriptor: number
  /** the line written since it was opened that most likely says why a program ended; null if there is none */
  reason(): string | null
  close(): void
}

const ROTATE_BYTES = 20 * 1024 * 1024

/** Opens `logs/<name>.log` at its end. One that has grown large is put aside as `<name>.1.log` first. */
export function openLogFile(dataFolder: string, name: string): LogFile {
  const folder = join(dataFolder, 'logs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${name}.log`)
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > ROTATE_BYTES) renameSync(path, join(folder, `${name}.1.log`))
  const descriptor = openSync(path, 'a', 0o600)
  const start = fstatSync(descriptor).size
  return {
    path,
    descriptor,
    reason: () => {
      const lines = readFileSync(path).subarray(start).toString('utf8').trim().split('\n')
      const reason = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)
      return reason === undefined || reason === '' ? null : reason
    },
    close: () => {
      closeSync(descriptor)
    },
  }
}

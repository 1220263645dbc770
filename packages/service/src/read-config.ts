import { ConfigError } from '@redrive/config'

/** What `read` makes of the environment; null, and its faults on stderr and an exit code of 1, where it can't be used. */
export function readConfig<T>(target: NodeJS.Process, read: (env: NodeJS.ProcessEnv) => T): T | null {
  try {
    return read(target.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    target.stderr.write(`${error.message}\n`)
    target.exitCode = 1
    return null
  }
}

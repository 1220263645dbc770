import { execFile } from 'node:child_process'
import { chownSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { EmbeddedPostgresError } from './errors.ts'
import type { PostgresPrograms } from './programs.ts'

/** What PostgreSQL's programs get to see of ours. */
export const ENVIRONMENT = { TZ: 'UTC', PATH: '/usr/bin:/bin' }

export interface ClusterOptions {
  programs: PostgresPrograms
  /** the folder of the cluster, which is made */
  data: string
  /** the superuser, whose password the file holds; a database of the same name is made */
  user: string
  passwordFile: string
  /** more for `initdb` */
  flags?: string[]
}

/**
 * Makes a cluster, aside, and renames it when it is complete, so that a cluster that exists is whole.
 * @throws EmbeddedPostgresError
 */
export async function createCluster({ programs, data, user, passwordFile, flags = [] }: ClusterOptions): Promise<void> {
  const unfinished = `${data}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (programs.owner) {
    chownSync(unfinished, programs.owner.uid, programs.owner.gid)
    chownSync(passwordFile, programs.owner.uid, programs.owner.gid)
  }
  const options = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...flags]
  await run([
    ...programs.initdb,
    ...['-D', unfinished, '-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, ...options],
  ])
  await run([...programs.postgres, '--single', '-D', unfinished, 'postgres'], `CREATE DATABASE ${user};\n`)
  renameSync(unfinished, data)
}

function run([command = '', ...args]: string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env: ENVIRONMENT }, (error, stdout, stderr) => {
      if (error === null) resolve()
      else {
        const lines = `${stdout}\n${stderr}`.trim().split('\n')
        const reason = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? error.message
        reject(new EmbeddedPostgresError(`The embedded PostgreSQL could not be set up: ${reason}`, { cause: error }))
      }
    })
    child.stdin?.end(input)
  })
}

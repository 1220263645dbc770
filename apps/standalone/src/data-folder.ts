import { accessSync, constants, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from './error-code.ts'
import { StartError } from './start-error.ts'

/** The folder in which standalone keeps everything that it has to find again. */
export interface DataFolder {
  path: string
  /** The text of a file in it, or null. */
  read(name: string): string | null
  /** Writes a file (mode 0600) at once or not at all. */
  write(name: string, text: string): void
  /** The text of a file, which is made the first time. */
  keep(name: string, make: () => string): string
}

/**
 * Opens the folder, made if it is missing, for its owner alone. PostgreSQL does not run as root: for root, others may
 * pass through (not look into) the folder, so that the user it runs as reaches its own.
 * @throws StartError if it can't be made, read or written
 */
export function openDataFolder(path: string, options: { asRoot: boolean }): DataFolder {
  const folder = resolve(path)
  try {
    makeFolder(folder, options.asRoot ? 0o711 : 0o700)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (!statSync(folder).isDirectory()) throw new Error('not a folder')
  } catch (error) {
    throw unusable(folder, error)
  }

  function read(name: string): string | null {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw unusable(join(folder, name), error)
    }
  }

  function write(name: string, text: string): void {
    const file = join(folder, name)
    try {
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    } catch (error) {
      throw unusable(file, error)
    }
  }

  return {
    path: folder,
    read,
    write,
    keep: (name, make) => {
      const kept = read(name)?.trim()
      if (kept) return kept
      const made = make()
      write(name, `${made}\n`)
      return made
    },
  }
}

/** Not `recursive`: Node never returns from that where the system refuses with ENOENT, as under /proc. */
function makeFolder(folder: string, mode: number): void {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder), mode)
  mkdirSync(folder, { mode })
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'not a folder',
  EEXIST: 'not a folder',
  ENOENT: 'no folder can be made there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
}

function unusable(path: string, error: unknown): StartError {
  const code = codeOf(error)
  const reason = REASONS[code ?? ''] ?? code ?? String(error)
  return new StartError(
    `Can't use ${path}: ${reason}. Give this user access to it, or name another folder with REDRIVE_DATA_DIR.`,
    { cause: error },
  )
}

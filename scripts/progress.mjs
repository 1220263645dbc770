/** Shows that a long step is at work: a spinner with the time on a terminal, a line now and then elsewhere. */
import { spawn } from 'node:child_process'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const HEARTBEAT_MS = 15_000
const ERROR_LINES = 12

/**
 * Runs a command quietly. Answers true if it succeeded; else the end of what it wrote is shown. A signal that arrives
 * meanwhile ends the command and this process, so that nothing works on behind a user's back.
 */
export async function runStep(title, command, args, options) {
  const started = Date.now()
  const stop = show(title, started)
  const { code, output } = await run(command, args, options)
  stop()
  if (code !== 0) {
    process.stderr.write(`${title}: failed\n\n${excerpt(output)}\n\n`)
    return false
  }
  process.stdout.write(`✓ ${title} (${seconds(started)})\n`)
  return true
}

/** npm says what is wrong first and explains itself after that; compilers end with what is wrong. */
function excerpt(output) {
  const lines = output.trimEnd().split('\n')
  if (lines.length <= 2 * ERROR_LINES) return lines.join('\n')
  return [...lines.slice(0, ERROR_LINES), '…', ...lines.slice(-ERROR_LINES)].join('\n')
}

function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk) => {
      output = (output + chunk.toString()).slice(-64 * 1024)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const abandon = (signal) => {
      child.kill(signal)
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.on('SIGINT', abandon)
    process.on('SIGTERM', abandon)
    const finish = (code) => {
      process.off('SIGINT', abandon)
      process.off('SIGTERM', abandon)
      resolve({ code, output })
    }
    child.on('error', (error) => {
      output += error.message
      finish(1)
    })
    child.on('close', (code) => finish(code ?? 1))
  })
}

function show(title, started) {
  if (!process.stdout.isTTY) {
    process.stdout.write(`… ${title}\n`)
    const timer = setInterval(() => process.stdout.write(`  still at it, ${seconds(started)}\n`), HEARTBEAT_MS)
    return () => clearInterval(timer)
  }
  let frame = 0
  const timer = setInterval(() => {
    process.stdout.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length]} ${title} (${seconds(started)})`)
  }, 100)
  return () => {
    clearInterval(timer)
    process.stdout.write('\r\x1b[2K')
  }
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

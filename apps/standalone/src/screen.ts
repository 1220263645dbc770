import type { Writable } from 'node:stream'

/** What a person at the terminal sees: a line for each finished step, and on a terminal the one that is running. */
export interface Screen {
  line: (text?: string) => void
  /** Runs a step; shows its title while it runs, and what it answers (or the title) when it is done. */
  step<T>(title: string, run: () => Promise<T>, done?: (result: T) => string): Promise<T>
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

export function createScreen(output: Writable, isTerminal: boolean): Screen {
  const line = (text = ''): void => {
    output.write(`${text}\n`)
  }

  function spin(title: string): () => void {
    const startedAt = performance.now()
    let frame = 0
    const timer = setInterval(() => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
      output.write(`\r\x1b[2K${FRAMES[frame++ % FRAMES.length] ?? ''} ${title} (${seconds} s)`)
    }, FRAME_MS)
    return () => {
      clearInterval(timer)
      output.write('\r\x1b[2K')
    }
  }

  return {
    line,
    step: async (title, run, done = () => title) => {
      const startedAt = performance.now()
      const stop = isTerminal ? spin(title) : () => undefined
      try {
        const result = await run()
        stop()
        line(`✓ ${done(result)} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
        return result
      } catch (error) {
        stop()
        throw error
      }
    },
  }
}

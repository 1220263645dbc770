/** Something that has to be closed when the process stops. */
export type Closer = () => Promise<void> | void

export interface ShutdownFailure {
  name: string
  error: unknown
}

export interface Shutdown {
  /** Registers a closer. The last one registered is the first one closed. */
  add(name: string, close: Closer): void
  /**
   * Closes everything, one after the other, and answers what failed or did not finish in time. Later calls get the
   * answer of the first. Never rejects.
   */
  run(): Promise<ShutdownFailure[]>
}

/** What comes after the deadline is still called, so that sockets are closed, but hardly waited for. */
const LAST_CHANCE_MS = 500

/** A stack of named closers that together have `deadlineMs`. */
export function createShutdown(options: { deadlineMs: number }): Shutdown {
  const closers: { name: string; close: Closer }[] = []
  let running: Promise<ShutdownFailure[]> | null = null

  async function closeAll(): Promise<ShutdownFailure[]> {
    const deadline = performance.now() + options.deadlineMs
    const failures: ShutdownFailure[] = []
    for (let closer = closers.pop(); closer; closer = closers.pop()) {
      try {
        await within(Math.max(deadline - performance.now(), LAST_CHANCE_MS), closer.close)
      } catch (error) {
        failures.push({ name: closer.name, error })
      }
    }
    return failures
  }

  return {
    add: (name, close) => {
      closers.push({ name, close })
    },
    run: () => (running ??= closeAll()),
  }
}

async function within(ms: number, close: Closer): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('still not closed when the time for shutting down was over'))
    }, ms)
  })
  try {
    await Promise.race([Promise.resolve().then(close), late])
  } finally {
    clearTimeout(timer)
  }
}

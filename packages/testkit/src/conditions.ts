import type { Socket } from 'node:net'

/** Waiting for something to become true, without polling and with a deadline. */
export interface Conditions {
  /** Says that something a condition may look at has changed. */
  changed(): void
  /** Resolves once `holds` says so; rejects at the deadline with a message that says what was waited for. */
  until(holds: () => boolean, timeoutMs: number, what: () => string): Promise<void>
}

export function createConditions(): Conditions {
  const waiting = new Set<() => void>()
  return {
    changed() {
      for (const look of waiting) look()
    },
    until(holds, timeoutMs, what) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (!holds()) return
          clearTimeout(deadline)
          waiting.delete(look)
          resolve()
        }
        const deadline = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`Waited ${String(timeoutMs)} ms in vain for ${what()}`))
        }, timeoutMs)
        waiting.add(look)
        look()
      })
    },
  }
}

/** Resolves when a socket has closed, whether or not the other side reset it: `once` would reject with that error. */
export function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) =>
    socket.once('close', () => {
      resolve()
    }),
  )
}

/** Looks every few milliseconds until `holds` says so: for what can not announce its changes. Rejects at the deadline. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ${String(timeoutMs)} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

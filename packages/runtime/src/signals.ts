import { constants } from 'node:os'

/** What asks a process to stop: a signal, or the end of the parent that holds the other end of its IPC channel. */
export type StopReason = (typeof SIGNALS)[number] | 'parent gone'

/** Ctrl-C, a supervisor, a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * One Ctrl-C may arrive several times: from the terminal, and passed on by npm and by a parent. What comes within this
 * time is the same request; what comes later means it.
 */
const SAME_REQUEST_MS = 750

/**
 * Calls `stop` once, on a signal that asks to stop, or (in a child with an IPC channel) when the parent is gone, so that no child
 * outlives a parent that was killed. A second signal ends the process at once. Only main.ts calls this, with its
 * `process`; no library installs a signal handler.
 */
export function onSignals(target: NodeJS.Process, stop: (reason: StopReason) => void): void {
  let stoppingSince: number | null = null

  const request = (reason: StopReason): void => {
    if (stoppingSince === null) {
      stoppingSince = performance.now()
      stop(reason)
    } else if (reason !== 'parent gone' && performance.now() - stoppingSince > SAME_REQUEST_MS) {
      target.exit(128 + constants.signals[reason])
    }
  }

  for (const signal of SIGNALS) {
    target.on(signal, () => {
      request(signal)
    })
  }
  if (target.channel) {
    target.on('disconnect', () => {
      request('parent gone')
    })
    // A listener alone does not keep the channel referenced; the server or the consumer keeps the process alive.
    target.channel.unref()
  }
}

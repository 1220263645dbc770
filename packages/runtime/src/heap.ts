import { setFlagsFromString } from 'node:v8'

/** Of what was left by the full collection before. */
const GROWTH_PERCENT = 200
/** V8's memory reducer begins 8 s after a start at the earliest; to be told that it may do nothing while it is at work would end the process. */
const YOUNG_MS = 5_000

/**
 * Makes full collections rare: those that come because old objects have grown, not before these have come to three times what was
 * left of them (V8 by itself: to a sixth more, in a process that allocates little), and none because a process has little to do. Each
 * marks all that is alive, 0.2 to 0.3 s of CPU beside the work, which all others on the machine feel. It costs memory, up to
 * twice what is alive; V8 keeps to its limit (`--max-old-space-size`, the container's memory) as ever. For the whole process, at its start.
 */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${String(GROWTH_PERCENT)}`)
  if (performance.now() < YOUNG_MS) setFlagsFromString('--memory-reducer-gc-count=0')
}

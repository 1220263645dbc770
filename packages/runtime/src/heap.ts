import { setFlagsFromString } from 'node:v8'

/** Of what was left by the full collection before. */
const GROWTH_PERCENT = 200

/**
 * Makes full collections rare: not before old objects have come to three times what was left of them (V8 by itself: to a
 * sixth more, at a process that has little to do), and never because a process has little to do. Each marks all that is
 * alive, a third of a second of CPU beside the work, which all others on the machine feel. It costs memory, up to twice
 * what is alive; V8 keeps to its limit (`--max-old-space-size`, the container's memory) as ever.
 */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${String(GROWTH_PERCENT)}`)
  setFlagsFromString('--memory-reducer-gc-count=0')
}

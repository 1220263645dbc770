/** The time of day, as a port: production passes `systemClock`, a test passes its own. Milliseconds since the epoch. */
export type Clock = () => number

/** A number in [0, 1), as `Math.random` gives. A port, so that jitter can be pinned in a test. */
export type Random = () => number

export const systemClock: Clock = () => Date.now()

/** Answers faster than this take nothing from others; a slower endpoint's share shrinks in proportion. */
const FAST_MS = 250
const MOST = 1 / 2
/** Before anything is known of an endpoint. */
const UNKNOWN = 1 / 8

/** Each time that it has failed so often in a row, its share is halved. */
const HALVED_BY_FAILURES = 5

/**
 * How many of a lane's slots one endpoint may hold, by how long it takes to answer (ms; null: not known yet) and by how
 * often it has failed in a row. A fixed cap would either throttle fast endpoints or let a slow one hold too much for too
 * long; and one that refuses fails fast, as often as it is let.
 */
export function slotShare(slots: number, latencyMs: number | null, failures = 0): number {
  const share = latencyMs === null ? UNKNOWN : MOST * Math.min(1, FAST_MS / latencyMs)
  return Math.max(1, Math.floor((slots * share) / 2 ** Math.floor(failures / HALVED_BY_FAILURES)))
}

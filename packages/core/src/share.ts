/** Answers faster than this take nothing from others; a slower endpoint's share shrinks in proportion. */
const FAST_MS = 250
const MOST = 1 / 2
/** Before anything is known of an endpoint. */
const UNKNOWN = 1 / 8

/**
 * How many of a lane's slots one endpoint may hold, by how long it takes to answer (ms; null: not known yet). A fixed cap
 * would either throttle fast endpoints or let a slow one hold too much for too long.
 */
export function slotShare(slots: number, latencyMs: number | null): number {
  const share = latencyMs === null ? UNKNOWN : MOST * Math.min(1, FAST_MS / latencyMs)
  return Math.max(1, Math.floor(slots * share))
}

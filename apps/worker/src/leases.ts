import type { Log } from '@redrive/runtime'
import type { Claim, Ledger } from '@redrive/store'

/** How long a claim lasts unless it is renewed: what a delivery waits at most when its worker dies. */
export const LEASE_SECONDS = 20

/** All that is held is renewed each time that this passes, but for what is this young. */
const RENEW_MS = 5_000
const YOUNG_MS = 1_000

/** The claims that this process holds while it sends. */
export interface Leases {
  hold(claim: Claim): void
  letGo(claim: Claim): void
  close(): void
}

/**
 * Renews what is held for long. Most requests are over before the first renewal, which therefore costs nothing; a
 * renewal that fails is tried again with the next, three times within a lease.
 */
export function createLeases({ ledger, log }: { ledger: Pick<Ledger, 'renew'>; log: Log }): Leases {
  const held = new Map<string, { claim: Claim; since: number }>()

  const timer = setInterval(() => {
    const before = performance.now() - YOUNG_MS
    const claims = [...held.values()].filter((entry) => entry.since <= before).map((entry) => entry.claim)
    if (claims.length === 0) return
    ledger.renew(claims, LEASE_SECONDS).catch((error: unknown) => {
      log.warn('leases could not be renewed', { claims: claims.length, error })
    })
  }, RENEW_MS)
  timer.unref()

  return {
    hold: (claim) => {
      held.set(claim.deliveryId, { claim, since: performance.now() })
    },
    letGo: (claim) => {
      // a later claim of the same delivery may have taken its place after the lease was lost
      if (held.get(claim.deliveryId)?.claim.fence === claim.fence) held.delete(claim.deliveryId)
    },
    close: () => {
      clearInterval(timer)
    },
  }
}

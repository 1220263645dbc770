/** When those whom an ingress refuses may come again: so many a second, since to refuse takes its time too. */
export interface Returns {
  /** The next place: whole ms from now, at least one. */
  book(): number
}

/** The later ones wait for longer, up to `mostMs`. `now`: any clock of ms that goes on. */
export function createReturns(
  { perSecond, mostMs }: { perSecond: number; mostMs: number },
  now: () => number = () => performance.now(),
): Returns {
  let nextAt = -Infinity
  return {
    book() {
      const at = now()
      nextAt = Math.min(Math.max(at, nextAt) + 1_000 / perSecond, at + mostMs)
      return Math.max(1, Math.round(nextAt - at))
    },
  }
}

/** What a look at the queue says about everybody else's work. */
export interface Crowd {
  /** fresh work that waits for a slot */
  fresh: number
  /** retries that wait for one */
  retries: number
}

export interface Pace {
  /** After a look at who waits. */
  look(crowd: Crowd): void
  /** How many deliveries may go to the queue now. */
  next(): number
}

/** Deliveries a second of one worker. The least is kept up whatever waits: a bulk retry does not stand still. */
const LEAST = 20
const MOST = 500
/** With each look, up to where fresh work last had to wait, and beyond. */
const GROWTH = 1.1
const CREEP = 1.002
const CUT = 0.6
/** So much may wait by chance, and for one look more. */
const BY_CHANCE = 2
/** A person's retry waits behind so many at most: what goes between two looks. */
const MOST_WAITING = 100

/**
 * How fast a bulk retry goes: as fast as nobody notices. While fresh work has to wait, little goes; if it still does at
 * the next look, the pace was too much. It grows quickly to a little under what was too much, and from there by and by,
 * so that it is seldom too much again. `everyMs`: between two portions, which are small, since what comes in bursts is
 * noticed; a look is taken every few of them.
 */
export function createPace(everyMs: number): Pace {
  let rate = LEAST
  let ceiling = MOST
  let crowdedLooks = 0
  let credit = 0
  let room = 0

  function look({ fresh, retries }: Crowd): void {
    room = Math.max(0, MOST_WAITING - retries)
    crowdedLooks = fresh > BY_CHANCE ? crowdedLooks + 1 : 0
    if (crowdedLooks > 1) {
      rate = Math.max(LEAST, rate * CUT)
      ceiling = rate
    } else if (crowdedLooks === 0 && retries <= BY_CHANCE) {
      rate = Math.min(MOST, rate < ceiling ? Math.min(ceiling, rate * GROWTH) : rate * CREEP)
      ceiling = Math.max(ceiling, rate)
    }
  }

  return {
    look,
    next() {
      const portion = ((crowdedLooks > 0 ? LEAST : rate) * everyMs) / 1000
      // what could not go is not made up for
      credit = Math.min(credit + portion, portion + 1)
      const count = Math.min(Math.floor(credit), room)
      credit -= count
      room -= count
      return count
    },
  }
}

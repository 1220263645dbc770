import { QuietError } from './quiet-error.ts'

/** A bounded queue is full: the work was refused before anything was done, and may be tried again later. */
export class Overloaded extends QuietError {
  readonly code = 'OVERLOADED'
  override readonly name = 'Overloaded'
}

export interface Batcher<Item, Result> {
  /** Resolves with this item's own result; rejects with its own error, or with the batch's. */
  add(item: Item): Promise<Result>
  /** Takes no more, and resolves when everything taken has been answered. */
  close(): Promise<void>
}

export interface BatcherOptions<Item, Result> {
  /** One answer for each item, in order. An `Error` among them rejects that item's caller alone. */
  run: (items: Item[]) => Promise<readonly (Result | Error)[]>
  maxSize: number
  maxConcurrent: number
  /** Items that may wait; beyond it `add` rejects with `Overloaded`. Unbounded if absent. */
  maxQueued?: number
  /** How long an item may wait for its batch; after it `add` rejects with `Overloaded`. For ever if absent. */
  maxWaitMs?: number
  /**
   * Under load, batches gather for up to so long: a turn of the loop that brought more is followed by another, and beside
   * those in flight the next leaves so long after the last, unless it is full. An item that comes alone waits for
   * nobody. Absent: nothing is gathered.
   */
  gatherMs?: number
}

interface Waiting<Item, Result> {
  item: Item
  since: number
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

/**
 * Makes one call of many. A batch leaves when it is full, or as soon as the event loop has nothing else to do (no timer, so
 * a lone item waits for nobody), and the next one forms while earlier ones are in flight.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { run, maxSize, maxConcurrent, maxQueued = Infinity, maxWaitMs = Infinity, gatherMs = 0 } = options
  const waiting: Waiting<Item, Result>[] = []
  let inFlight = 0
  let scheduled = false
  let leftAt = -Infinity
  let later: NodeJS.Timeout | undefined
  let patience: NodeJS.Timeout | undefined
  let closed = false
  let drained: (() => void) | null = null

  function schedule(): void {
    // a full batch gains nothing by waiting; and where thousands ask at once, the loop is not free for seconds
    while (waiting.length >= maxSize && inFlight < maxConcurrent) void send(waiting.splice(0, maxSize))
    rest()
    if (scheduled || waiting.length === 0 || inFlight >= maxConcurrent) return
    scheduled = true
    setImmediate(leave, 0, performance.now() + gatherMs)
  }

  function rest(): void {
    if (waiting.length > 0) return
    clearTimeout(patience)
    clearTimeout(later)
    patience = later = undefined
  }

  /** `known`: how many were waiting a turn of the loop ago. */
  function leave(known: number, latest: number): void {
    if (waiting.length > known && waiting.length < maxSize && performance.now() < latest) {
      setImmediate(leave, waiting.length, latest)
      return
    }
    scheduled = false
    while (mayLeave()) {
      void send(waiting.splice(0, maxSize))
    }
    rest()
    if (waiting.length > 0 && inFlight < maxConcurrent) later ??= setTimeout(lookAgain, restMs())
  }

  function mayLeave(): boolean {
    if (waiting.length === 0 || inFlight >= maxConcurrent) return false
    return inFlight === 0 || waiting.length >= maxSize || restMs() <= 0
  }

  function restMs(): number {
    return leftAt + gatherMs - performance.now()
  }

  function lookAgain(): void {
    later = undefined
    schedule()
  }

  async function send(batch: Waiting<Item, Result>[]): Promise<void> {
    inFlight += 1
    leftAt = performance.now()
    try {
      const results = await run(batch.map((entry) => entry.item))
      if (results.length !== batch.length) {
        throw new Error(`a batch of ${String(batch.length)} got ${String(results.length)} answers`)
      }
      batch.forEach((entry, index) => {
        // The lengths are equal, so there is an answer; it may be `undefined` where Result allows that.
        const result = results[index] as Result | Error
        if (result instanceof Error) entry.reject(result)
        else entry.resolve(result)
      })
    } catch (error) {
      for (const entry of batch) entry.reject(error)
    } finally {
      inFlight -= 1
      schedule()
      if (inFlight === 0 && waiting.length === 0) drained?.()
    }
  }

  /** One timer for all: they wait in the order in which they came, so whoever has waited too long is in front. */
  function watch(): void {
    const [oldest] = waiting
    if (patience !== undefined || oldest === undefined) return
    patience = setTimeout(giveUp, oldest.since + maxWaitMs - performance.now())
  }

  function giveUp(): void {
    patience = undefined
    // timers keep whole milliseconds
    const before = performance.now() - maxWaitMs + 1
    const stays = waiting.findIndex(({ since }) => since > before)
    for (const { reject } of waiting.splice(0, stays === -1 ? waiting.length : stays)) {
      reject(new Overloaded(`it has waited for ${String(maxWaitMs)} ms`))
    }
    watch()
    if (inFlight === 0 && waiting.length === 0) drained?.()
  }

  return {
    add: (item) => {
      if (closed) return Promise.reject(new Overloaded('closed: takes no more work'))
      if (waiting.length >= maxQueued) {
        return Promise.reject(new Overloaded(`${String(maxQueued)} are waiting already`))
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, since: performance.now(), resolve, reject })
        schedule()
        if (maxWaitMs !== Infinity) watch()
      })
    },
    close: () => {
      closed = true
      if (inFlight === 0 && waiting.length === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const earlier = drained
        drained = () => {
          earlier?.()
          resolve()
        }
      })
    },
  }
}

/** A deadline is counted in so many parts. */
const PARTS = 5

/**
 * Waits for `work` at most so long; what it does later is then nobody's concern. Where this process itself stood still
 * (a busy machine, a pause), that counts as one part of the time at most: nobody else was late.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const wait = (parts: number): void => {
      if (parts === 0) reject(new Error(`no answer within ${String(ms)} ms`))
      else timer = setTimeout(wait, ms / PARTS, parts - 1)
    }
    wait(PARTS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** As `within`, for an orderly end: says whether it came in time, and how the work failed is nobody's concern. */
export async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const ended = work.then(
    () => true,
    () => true,
  )
  return within(ms, ended).catch(() => false)
}

/** The longest wait that a receiver can ask for. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

const SECONDS = /^[0-9]+$/
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = '[0-9]{2}:[0-9]{2}:[0-9]{2}'
const IMF_FIXDATE = new RegExp(`^${DAY}, [0-9]{2} ${MONTH} [0-9]{4} ${TIME} GMT$`)
const RFC_850_DATE = new RegExp(`^${DAY}[a-z]*, [0-9]{2}-${MONTH}-[0-9]{2} ${TIME} GMT$`)
const ASCTIME_DATE = new RegExp(`^${DAY} ${MONTH} [0-9 ][0-9] ${TIME} [0-9]{4}$`)

/**
 * The wait that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds, or a date in one of the three forms that a
 * recipient must take), in milliseconds from `now` and at most 24 hours. null where there is nothing to obey: no header,
 * garbage, a negative number, a time that has passed.
 */
export function retryAfterMs(header: string | undefined, now: Date): number | null {
  const value = header?.trim() ?? ''
  const wait = SECONDS.test(value) ? Number(value) * 1000 : (httpDate(value) ?? Number.NaN) - now.getTime()
  return wait > 0 ? Math.min(wait, MAX_RETRY_AFTER_MS) : null
}

function httpDate(value: string): number | null {
  if (IMF_FIXDATE.test(value) || RFC_850_DATE.test(value)) return Date.parse(value)
  // asctime has no zone; HTTP means UTC
  if (ASCTIME_DATE.test(value)) return Date.parse(`${value} GMT`)
  return null
}

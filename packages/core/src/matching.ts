/** Dot-separated names, `order.shipped`. */
export const EVENT_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/
/** What an endpoint subscribes to: a type, a prefix with a final `.*`, or `*`. */
export const EVENT_TYPE_PATTERN = /^(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?)$/
export const MAX_EVENT_TYPE_LENGTH = 128

const SYSTEM_PREFIX = 'redrive.'

/** Types that begin with `redrive.` are published by the system itself. */
export function isSystemType(type: string): boolean {
  return type.startsWith(SYSTEM_PREFIX)
}

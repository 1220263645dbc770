import { isUuid } from '@redrive/core'
import { Problem } from '../../http/problem.ts'

/** @throws Problem 400 */
export function eventIdOf({ eventId }: { eventId: string }): string {
  if (!isUuid(eventId)) throw new Problem(400, 'eventId must be a valid UUID')
  return eventId.toLowerCase()
}

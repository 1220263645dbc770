import { isUuid } from '@redrive/core'
import type { Page, PageRequest } from '@redrive/store'
import { invalid } from './problem.ts'

/**
 * Cursors are positions in a list: which list, which direction, and the id of the row at the edge. They grant nothing
 * (every list is filtered by tenant), so they are not signed; whoever makes one up sees a part of their own list.
 */
const FORM = /^([a-z-]{1,20})\.([on])\.([0-9a-f-]{36})$/

export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

/** @throws Problem 422 for what is no cursor of this list */
export function pageRequest(list: string, query: PageQuery): PageRequest {
  if (query.cursor === undefined) return { limit: query.limit }
  const text = Buffer.from(query.cursor, 'base64url').toString('latin1')
  const [, ofList, direction, id = ''] = FORM.exec(text) ?? []
  // Buffer skips what it does not know: only what encodes back to the same text counts
  if (ofList !== list || !isUuid(id) || encode(text) !== query.cursor) {
    throw invalid([{ pointer: '/cursor', detail: 'This is not a cursor that this list has given out' }])
  }
  return direction === 'o' ? { limit: query.limit, olderThan: id } : { limit: query.limit, newerThan: id }
}

export function renderPage<T extends { id: string }>(list: string, page: Page<T>, view: (row: T) => unknown): unknown {
  return { data: page.data.map(view), ...renderCursors(list, page) }
}

/** The two cursors of a page, for lists that are rendered otherwise. */
export function renderCursors(
  list: string,
  page: Page<{ id: string }>,
): { nextCursor: string | null; prevCursor: string | null } {
  const newest = page.data[0]
  const oldest = page.data.at(-1)
  return {
    nextCursor: page.hasOlder && oldest ? encode(`${list}.o.${oldest.id}`) : null,
    prevCursor: page.hasNewer && newest ? encode(`${list}.n.${newest.id}`) : null,
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url')
}

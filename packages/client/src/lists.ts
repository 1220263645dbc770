import type { Transport } from './transport.ts'

export interface Page<T> {
  data: T[]
  nextCursor: string | null
  prevCursor: string | null
}

/** A list of the API: all of it, page after page as it is read, or one page. */
export interface List<T> extends AsyncIterable<T> {
  /** the first page, or the one that the query's cursor names */
  page(): Promise<Page<T>>
}

/** `T` is what the document says of the list's items. */
export function listOf<T>(transport: Transport, path: string, query: object = {}): List<T> {
  async function page(cursor?: string): Promise<Page<T>> {
    const from = cursor === undefined ? query : { ...query, cursor }
    return (await transport({ method: 'GET', path, query: from })) as Page<T> // as the document says
  }
  return {
    page: () => page(),
    async *[Symbol.asyncIterator]() {
      let current = await page()
      for (;;) {
        yield* current.data
        if (current.nextCursor === null) return
        current = await page(current.nextCursor)
      }
    },
  }
}

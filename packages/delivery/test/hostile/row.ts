import type { RawServerOptions } from '@redrive/testkit/raw-server'

/**
 * What a receiver does wrong, and what an operator is told. `deadline` rows end at the deadline, which is short for them;
 * every other row has to be over long before it.
 */
export interface Row {
  name: string
  server: RawServerOptions
  expect: number | string
  /** of an error's sentence */
  says?: RegExp
  body?: string | RegExp
  truncated?: boolean
  deadline?: true
  /** another host than the one that the server is at */
  url?: (port: number) => string
}

export const OK = 'HTTP/1.1 200 OK\r\n'

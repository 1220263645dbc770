import type { Client } from '@redrive/client'
import type { Io } from './io.ts'

export type Options = Readonly<Record<string, string | undefined>>

export interface Invocation {
  io: Io
  /** not needed by every command, so only made when it is asked for */
  client: (role?: 'tenant' | 'operator') => Client
  baseUrl: () => string
  positionals: readonly string[]
  options: Options
  /** whether an option without a value is there */
  has: (flag: string) => boolean
  /** Prints a result: as JSON if that was asked for, else as the text. */
  print: (result: unknown, text: () => string) => void
}

export interface Command {
  /** as it is typed: `endpoints pause <id>` */
  usage: string
  summary: string
  /** options with a value, and flags without */
  options?: readonly string[]
  flags?: readonly string[]
  /** Answers the exit code, if it is not 0. */
  run: (invocation: Invocation) => Promise<number | undefined>
}

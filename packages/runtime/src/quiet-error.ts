/**
 * An answer and no failure of ours: nobody reads its stack, and when there are many of them there is no time for making
 * stacks.
 */
export class QuietError extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
  }
}

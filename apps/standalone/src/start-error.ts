/** The start can't go on for a reason that the user can do something about: one line, shown without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code = 'START'
}

import { z } from 'zod'

/** One thing that is wrong with a request. `pointer` is a JSON pointer into its body, or names a query parameter. */
export const fieldProblem = z.object({
  pointer: z.string().describe('JSON pointer into the body, or `/` and the name of a query parameter'),
  detail: z.string().describe('What is wrong with it, in a sentence that does not repeat the value'),
})
export type FieldProblem = z.infer<typeof fieldProblem>

/** RFC 9457, `application/problem+json`: the body of every error. */
export const problem = z.object({
  type: z.string().describe('`about:blank`: the status says what sort of problem it is'),
  title: z.string().describe('The status in words'),
  status: z.int().describe('The HTTP status'),
  detail: z.string().describe('What is wrong here, in a sentence'),
  requestId: z.string().describe('Finds the request in the log; also in `x-request-id`'),
  errors: z.array(fieldProblem).exactOptional().describe('What is wrong, field by field; at most 50'),
})
export type Problem = z.infer<typeof problem>

export type Validated<T> = { ok: true; value: T } | { ok: false; errors: FieldProblem[] }

const MAX_PROBLEMS = 50
const MAX_SHOWN_NAME = 100

/** Where zod's own words would puzzle: a number that is no integer is "expected int, received number" there. */
const WORDS: z.core.ParseContext<z.core.$ZodIssue> = {
  error: (issue) => {
    if (issue.code !== 'invalid_type') return undefined
    if (issue.input === undefined) return 'This is required'
    return issue.expected === 'int' ? 'Expected an integer' : undefined
  },
}

/** Parses what a client sent. All problems at once (at most 50), none of them repeating a value. */
export function validate<T>(schema: z.ZodType<T>, input: unknown): Validated<T> {
  const result = schema.safeParse(input, WORDS)
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, errors: result.error.issues.flatMap(fieldProblems).slice(0, MAX_PROBLEMS) }
}

function fieldProblems(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(issue.path), detail: issue.message }]
  return issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), detail: 'There is no such field here' }))
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map((key) => `/${String(key).slice(0, MAX_SHOWN_NAME).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}

import type { Problem } from '../../http/problem.ts'
import { foreignStatus } from '../contract.ts'

/** Errors as Django REST framework has them: by field where fields are at fault, else one `detail`. */
export function renderAkinonProblem(problem: Problem): { status: number; body: unknown } {
  const status = foreignStatus(problem)
  if (problem.errors !== null) return { status, body: byField(problem.errors) }
  return { status, body: { detail: detailOf(problem) } }
}

function byField(errors: readonly { pointer: string; detail: string }[]): Record<string, string[]> {
  const fields = Map.groupBy(errors, ({ pointer }) => pointer.split('/')[1] ?? 'non_field_errors')
  return Object.fromEntries(
    [...fields].map(([field, ofField]) => [field, [...new Set(ofField.map(({ detail }) => wordOf(detail)))]]),
  )
}

function wordOf(detail: string): string {
  return detail === 'This is required' ? 'This field is required.' : detail
}

function detailOf({ status, detail }: Problem): string {
  switch (status) {
    case 403:
      return 'You do not have permission to perform this action.'
    case 404:
      // the one that the framework tells apart
      return detail === 'Invalid page.' ? detail : 'Not found.'
    case 405:
      return `Method "${detail.split(' ')[0] ?? ''}" not allowed.`
    default:
      return detail
  }
}

import type { Contract, ContractDeps } from '../contract.ts'
import { foreignDetail, foreignStatus } from '../contract.ts'
import type { Problem } from '../../http/problem.ts'
import { fabricRetry } from './retry.ts'

/** fabric (Orders v2): re-trigger an event by its content. The documented server URL carries the `/api/v2`. */
export function createFabric(deps: ContractDeps): Contract {
  const { authenticator } = deps
  return {
    prefixes: ['/api/v2/webhook', '/webhook'],
    ids: {},
    headers: [SITE_CONTEXT],
    identify: (request) => authenticator.authenticate(request.headers.authorization),
    // the body names the tenant; an operator has no other
    tenantOf: (principal) => Promise.resolve(principal.tenantId ?? ''),
    renderProblem: renderFabricProblem,
    routes: [fabricRetry('/api/v2/webhook/retry', deps), fabricRetry('/webhook/retry', deps)],
  }
}

const SITE_CONTEXT = {
  name: 'x-site-context',
  in: 'header',
  required: true,
  description:
    'A JSON object: `account` (24 characters), and optionally `channel` (which must be the body’s), `stage` and `date` (ISO 8601). Checked and logged; only `channel` decides anything',
  schema: { type: 'string' },
  example: '{"account":"5f328bf0b5f328bf0b5f328b","channel":"12"}',
} as const

function renderFabricProblem(problem: Problem): { status: number; body: { message: string } } {
  const status = foreignStatus(problem)
  // the contract knows no other word for trouble of ours
  if (status >= 500) return { status: 500, body: { message: 'Internal Server Error' } }
  const message = foreignDetail(problem)
  return { status, body: { message: status === 400 ? `Bad Request: ${message}` : message } }
}

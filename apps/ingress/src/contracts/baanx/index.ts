import type { ContractDeps, Contract } from '../contract.ts'
import { foreignDetail, foreignStatus } from '../contract.ts'
import { Problem } from '../../http/problem.ts'
import { SAMPLE_ID } from '../../openapi/samples.ts'
import { baanxReads } from './reads.ts'
import { baanxRetry } from './retry.ts'

/** baanx: retry an event to all webhooks or to one; its status, its logs, and the list of events. */
export function createBaanx(deps: ContractDeps): Contract {
  const { authenticator } = deps
  return {
    prefixes: ['/v1/webhooks'],
    ids: { eventId: { description: 'The event’s id', schema: { type: 'string', format: 'uuid' }, example: SAMPLE_ID } },
    identify: (request) => authenticator.authenticate(request.headers.authorization),
    tenantOf: (principal, request) => authenticator.tenantOf(principal, request.get('redrive-tenant')),
    renderProblem: (problem) => ({ status: foreignStatus(problem), body: { message: message(problem) } }),
    routes: [baanxRetry(deps), ...baanxReads(deps)],
    off: new Problem(503, 'Notification service is not configured for this environment'),
  }
}

function message(problem: Problem): string {
  switch (problem.status) {
    case 401:
      return 'Not authenticated'
    case 403:
      return 'Not authorized'
    default:
      return foreignDetail(problem)
  }
}

import type { Contract, ContractDeps } from '../contract.ts'
import { FORM, readAkinonBody } from './body.ts'
import { challenged, identifyByToken } from './identity.ts'
import { publishRoute } from './publish.ts'
import { readRoutes } from './reads.ts'
import { renderAkinonProblem } from './problem.ts'
import { resendRoute } from './resend.ts'

/** akinon (OMS): publish, resend, list and show, in Django REST framework's ways. */
export function createAkinon(deps: ContractDeps): Contract {
  const { authenticator } = deps
  return {
    prefixes: ['/api/v1/oms/oms_hook_events'],
    security: {
      akinonToken: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Token <token>`' },
    },
    ids: { pk: { description: 'The delivery’s number', schema: { type: 'integer', minimum: 0 }, example: 71 } },
    identify: (request) => challenged(identifyByToken(authenticator, request.headers.authorization)),
    tenantOf: (principal, request) => authenticator.tenantOf(principal, request.get('redrive-tenant')),
    bodyTypes: [FORM],
    readBody: readAkinonBody,
    renderProblem: renderAkinonProblem,
    routes: [publishRoute(deps), resendRoute(deps), ...readRoutes(deps)],
  }
}

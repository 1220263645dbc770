import type { Express } from 'express'
import { createAkinon } from './akinon/index.ts'
import { createBaanx } from './baanx/index.ts'
import type { Contract, ContractDeps } from './contract.ts'
import { createFabric } from './fabric/index.ts'
import { contractRouter, mountRouters } from './mount.ts'
import { createOutboundWebhook } from './outbound-webhook/index.ts'
import { createViolet } from './violet/index.ts'

/** Every contract, by the name that `CONTRACTS` has for it. One more is a folder and a line here. */
const CONTRACTS: Record<string, (deps: ContractDeps) => Contract> = {
  fabric: createFabric,
  baanx: createBaanx,
  'outbound-webhook': createOutboundWebhook,
  akinon: createAkinon,
  violet: createViolet,
}

/** Names in `enabled` (null: all) that no contract has, with those that there are. */
export function unknownContracts(enabled: readonly string[] | null): { unknown: string[]; known: string[] } {
  const known = Object.keys(CONTRACTS)
  return { unknown: (enabled ?? []).filter((name) => !known.includes(name)), known }
}

/** Puts the contracts that are switched on into the application, and answers for those that are not. Returns those that are on. */
export function mountContracts(app: Express, deps: ContractDeps, enabled: readonly string[] | null): Contract[] {
  const contracts = Object.entries(CONTRACTS).map(([name, create]) => ({
    contract: create(deps),
    isOn: enabled === null || enabled.includes(name),
  }))
  mountRouters(
    app,
    contracts.flatMap(({ contract, isOn }) => contractRouter(contract, isOn ? 'on' : 'off') ?? []),
  )
  return contracts.flatMap(({ contract, isOn }) => (isOn ? [contract] : []))
}

export * from './ledger.ts'
export * from './repositories.ts'

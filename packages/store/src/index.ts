export * from './errors.ts'
export * from './ledger.ts'
export * from './migrate.ts'
export * from './repositories.ts'

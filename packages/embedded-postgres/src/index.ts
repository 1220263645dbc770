export * from './cluster.ts'
export * from './errors.ts'
export * from './programs.ts'
export * from './server.ts'

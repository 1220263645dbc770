export * from './consumer.ts'
export * from './errors.ts'
export * from './producer.ts'
export * from './types.ts'

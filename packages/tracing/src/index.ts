export { openTracing } from './open.ts'
export * from './tracing.ts'

export { readConfig } from './read-config.ts'
export { openService, type Service } from './service.ts'

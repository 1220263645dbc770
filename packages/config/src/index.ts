export type { Config, ConfigProblem, JwtConfig, Mode, QueueConfig, ServiceConfig, StandaloneConfig } from './config.ts'
export { ConfigError, parseConfig, parseServiceConfig } from './parse.ts'
export type { Environment } from './parse.ts'

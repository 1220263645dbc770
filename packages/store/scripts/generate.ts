/**
 * Generates the Prisma client into src/generated, offline: `prisma generate` insists that an engine binary exists and
 * never runs it, so any executable will do.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
const config = fileURLToPath(new URL('../../../prisma/prisma.config.ts', import.meta.url))

const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--config', config], {
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...process.env,
  },
  encoding: 'utf8',
})
if (status !== 0) process.stderr.write(stdout + stderr)
process.exitCode = status ?? 1

#!/usr/bin/env node
/** Finds a Node that runs TypeScript (the one on the PATH may be older) and hands over to it. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const installed = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
const knowsTypeScript = major > 22 || (major === 22 && minor >= 18)
const node = knowsTypeScript || !existsSync(installed) ? process.execPath : installed

const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
// a terminal's Ctrl-C reaches the child by itself; it decides when to end
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))

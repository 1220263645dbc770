import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const script = fileURLToPath(new URL('./collect.ts', import.meta.url))
const YOUNG_MB = 16

test('what is old may come to three times what is alive until it is collected again', async () => {
  const sizes = [`--min-semi-space-size=${String(YOUNG_MB)}`, `--max-semi-space-size=${String(YOUNG_MB)}`]
  const flags = [...sizes, '--max-old-space-size=1024', '--expose-gc', '--trace-gc-nvp']
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...flags, script],
    { env: { ...process.env, NODE_OPTIONS: '' } },
  )
  expect(stderr).toBe('')
  // the first leaves what is alive, and sets the limit that the second tells of
  const [first, second] = stdout
    .split('\n')
    .filter((line) => line.includes('gc=mc'))
    .slice(-2)
  const bytes = (line: string | undefined, what: string): number => Number(line?.match(RegExp(`${what}=(\\d+)`))?.[1])
  const alive = bytes(first, 'end_object_size')
  // V8 adds its room for young objects
  const limit = bytes(second, 'old_gen_allocation_limit') - YOUNG_MB * 1024 * 1024
  // V8 by itself: from little more to four times, as the process allocates little or much
  expect(limit / alive).toBeGreaterThan(2.7)
  expect(limit / alive).toBeLessThan(3.3)
})

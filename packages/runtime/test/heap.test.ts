import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const script = fileURLToPath(new URL('./collect.ts', import.meta.url))

/** V8 adds its room for young objects. */
const YOUNG_BYTES = 16 * 1024 * 1024

test('what is old may come to three times what is alive until it is collected again', async () => {
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--trace-gc-nvp']
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, script])
  expect(stderr).toBe('')
  const [first, second] = stdout
    .split('\n')
    .filter((line) => line.includes('gc=mc'))
    .slice(-2)
  const bytes = (line: string | undefined, what: string): number => Number(line?.match(RegExp(`${what}=(\\d+)`))?.[1])
  const alive = bytes(first, 'end_object_size')
  const limit = bytes(second, 'old_gen_allocation_limit') - YOUNG_BYTES
  // V8 by itself: from little more to four times, as the process allocates much or little
  expect(limit / alive).toBeCloseTo(3, 1)
})

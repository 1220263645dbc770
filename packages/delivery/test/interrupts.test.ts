import { expect, test } from '@jest/globals'
import { interruptBy } from '../src/interrupts.ts'

test('all who listen hear of any of their signals, and nobody who has ended it', () => {
  const [one, other] = [new AbortController(), new AbortController()]
  const heard: string[] = []
  const listen = (name: string, ...signals: AbortSignal[]) => interruptBy(signals, () => heard.push(name))
  listen('first', one.signal)
  listen('both', one.signal, other.signal)
  const end = listen('ended', one.signal, other.signal)
  listen('other', other.signal)
  end()
  one.abort()
  expect(heard).toEqual(['first', 'both'])
  other.abort()
  expect(heard).toEqual(['first', 'both', 'both', 'other'])
})

test('who ends it while all are told is not told afterwards', () => {
  const controller = new AbortController()
  const heard: string[] = []
  const ends = ['first', 'second'].map((name) =>
    interruptBy([controller.signal], () => {
      heard.push(name)
      for (const end of ends) end()
    }),
  )
  controller.abort()
  expect(heard).toEqual(['first'])
})

/** Who wants to hear of a signal. A signal itself looks through all its listeners for each that comes or goes. */
const interruptsOf = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `interrupt` when one of the signals aborts; none may have yet. The function that is returned ends that. */
export function interruptBy(signals: readonly AbortSignal[], interrupt: () => void): () => void {
  const sets = signals.map((signal) => interruptsOf.get(signal) ?? listen(signal))
  for (const interrupts of sets) interrupts.add(interrupt)
  return () => {
    for (const interrupts of sets) interrupts.delete(interrupt)
  }
}

function listen(signal: AbortSignal): Set<() => void> {
  const interrupts = new Set<() => void>()
  interruptsOf.set(signal, interrupts)
  signal.addEventListener('abort', () => {
    for (const interrupt of interrupts) interrupt()
  })
  return interrupts
}

/** How many events come in one request: what of them is a flood is known to be so before the first is published. */
export interface Batch {
  /** to the one endpoint, or of the type where none is named */
  to(event: { endpointId: string | null; type: string }): number
  /** all of them, but no more to each than a few: a flood to one endpoint is none of its tenant */
  spread: number
}

/** More to one endpoint, or of one type, are a flood of that. */
const FEW = 60

/** By what the entries say, valid or not. */
export function batchOf(entries: readonly unknown[]): Batch {
  const counts = new Map<unknown, number>()
  for (const entry of entries) {
    if (typeof entry !== 'object' || entry === null) continue
    const target: unknown = ('endpointId' in entry ? entry.endpointId : null) ?? ('type' in entry ? entry.type : null)
    counts.set(target, (counts.get(target) ?? 0) + 1)
  }
  return {
    to: ({ endpointId, type }) => counts.get(endpointId ?? type) ?? 0,
    spread: [...counts.values()].reduce((sum, count) => sum + Math.min(count, FEW), 0),
  }
}

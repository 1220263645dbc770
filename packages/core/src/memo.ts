/** Remembers what was made of each key; of more than `most` the one that was made first is forgotten. */
export function memoize<Value>(most: number, make: (key: string) => Value): (key: string) => Value {
  const made = new Map<string, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    if (made.size >= most) {
      const oldest = made.keys().next()
      if (!oldest.done) made.delete(oldest.value)
    }
    made.set(key, value)
    return value
  }
}

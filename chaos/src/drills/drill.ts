/** One thing that goes wrong, measured. Answers whether all went as it should. */
export type Drill = (options: {
  redis: boolean
  deliveries: number
  seed: number
  tell: (line: string) => void
}) => Promise<boolean>

import type { Progress } from './schemas/leaving.ts'

/** Repeats a request that processes a limited number at once, until nothing more gets done. */
export async function untilDone(run: () => Promise<(Progress | null)[]>): Promise<void> {
  let parts: (Progress | null)[]
  do parts = await run()
  while (parts.some((part) => part && part.left > 0 && part.done > 0))
}

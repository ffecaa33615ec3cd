const waitMax_ms = 30_000

/** Polls until there is something. @throws Error naming what is missing */
export async function waitFor<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + waitMax_ms
  while (Date.now() < end) {
    const found = await ask()
    if (found !== undefined) return found
    await Bun.sleep(100)
  }
  throw new Error(`Still missing after ${waitMax_ms / 1000} s: ${what}`)
}

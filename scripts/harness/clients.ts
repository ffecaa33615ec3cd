/** Clients that each do one thing after the other for as long as they are to go on. */
export async function runClients(
  count: number,
  goesOn: () => boolean,
  act: (client: number) => Promise<unknown>,
): Promise<void> {
  const work = async (_: unknown, client: number) => {
    while (goesOn()) await act(client)
  }
  await Promise.all(Array.from({ length: count }, work))
}

/** @param until in milliseconds since 1970 */
export function isBefore(until: number): () => boolean {
  return () => Date.now() < until
}

/** Things to be done, shared among clients; see `runClients`. */
export function createStock(count: number): () => boolean {
  let left = count
  return () => left-- > 0
}

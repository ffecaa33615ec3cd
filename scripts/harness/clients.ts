/** Concurrent clients, each sending one request after the other until a deadline. */
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

/** Tasks shared among clients; see `runClients`. */
export function createStock(count: number): () => boolean {
  let left = count
  return () => left-- > 0
}

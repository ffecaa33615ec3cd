/**
 * Does something for each item, one after the other. Between two of them others are served, though
 * SQLite answers at once.
 */
export async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) {
    results.push(await work(item))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return results
}

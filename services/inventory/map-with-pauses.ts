/**
 * Runs a task for each item, one after the other, and yields in between, as reads from SQLite are
 * synchronous.
 */
export async function mapWithPauses<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) {
    if (results.length > 0) await new Promise((resolve) => setImmediate(resolve))
    results.push(await work(item))
  }
  return results
}

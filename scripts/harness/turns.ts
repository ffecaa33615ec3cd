import { median } from './figure.ts'

/**
 * Runs contestants alternately, round by round, reversing the order each time: disturbances affect
 * all of them, and none is always first.
 * @returns the result of each contestant in each round
 */
export async function takeTurns<Contestant, T>(
  contestants: readonly Contestant[],
  rounds: number,
  act: (contestant: Contestant) => Promise<T>,
): Promise<T[][]> {
  const results = contestants.map((contestant) => ({ contestant, made: [] as T[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, made } of round % 2 === 0 ? results : results.toReversed()) {
      made.push(await act(contestant))
    }
  }
  return results.map(({ made }) => made)
}

/** The median over the rounds of the ratio of the first contestant to the second. */
export function ratioOf([first = [], second = []]: readonly number[][]): number {
  return median(first.map((figure, round) => figure / (second[round] ?? NaN)))
}

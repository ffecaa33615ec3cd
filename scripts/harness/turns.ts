import { median } from './figure.ts'

/**
 * Lets contestants act in turn, round by round, there and back: what disturbs one disturbs all, and
 * none is always the first.
 * @returns what each made of each round
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

/** The median over the rounds of the first contestant's figure to the second's. */
export function ratioOf([first = [], second = []]: readonly number[][]): number {
  return median(first.map((figure, round) => figure / (second[round] ?? NaN)))
}

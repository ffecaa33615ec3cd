import { createCars } from '../harness/request.ts'

/** Creates cars and returns the paths to book them. */
export async function makeCars(url: string, count = 1000): Promise<string[]> {
  return (await createCars(url, count)).map((car) => `${car}/allocations`)
}

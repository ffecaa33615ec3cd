import { createCars } from '../harness/request.ts'

/** Makes cars, and returns the paths under which they are booked. */
export async function makeCars(url: string, count = 1000): Promise<string[]> {
  return (await createCars(url, count)).map((car) => `${car}/allocations`)
}

import { readAuthorization } from '../harness/administrator.ts'

/** Makes cars through the API and returns the paths under which they are booked. */
export async function makeCars(url: string, count = 1000): Promise<string[]> {
  const names = Array.from({ length: count }, (_, number) => `car ${number}`)
  const paths: string[] = []
  // As many at once as share a commit well.
  while (names.length > 0) {
    const made = names.splice(0, 100).map((name) => makeCar(url, name))
    paths.push(...(await Promise.all(made)))
  }
  return paths
}

async function makeCar(url: string, name: string): Promise<string> {
  const answer = await fetch(`${url}/api/cars`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: await readAuthorization(url),
    },
    body: JSON.stringify({ name }),
  })
  if (answer.status !== 201) throw new Error(`No car was made: ${await answer.text()}`)
  return `/api/cars/${((await answer.json()) as { id: string }).id}/allocations`
}

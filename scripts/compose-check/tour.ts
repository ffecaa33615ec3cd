import type { Exercise } from '../../shared/schemas/course.ts'
import type { Tokens } from '../../shared/schemas/user.ts'

/** Uses one feature of each service through the gateway, as its users do. */
export async function takeTour(url: string, password: string): Promise<string[]> {
  const done: string[] = []
  const { access_token } = await ask<Tokens>('POST', '/api/login', { username: 'admin', password })
  done.push('logged in')
  const name = `Car ${Bun.randomUUIDv7()}`
  const car = await ask<{ id: string }>('POST', '/api/cars', { name })
  const span = { from_datetime: '2027-03-01T09:00:00Z', to_datetime: '2027-03-01T12:00:00Z' }
  await ask('POST', `/api/cars/${car.id}/allocations`, span)
  const refused = await send('POST', `/api/cars/${car.id}/allocations`, span)
  if (refused.status !== 409) throw new Error(`Booked twice: ${refused.status}`)
  done.push('booked, and refused the second time')
  const book = await ask<{ id: number }>('POST', '/api/books', { title: name, author: 'Ada' })
  await ask('POST', `/api/ratings/${book.id}`, { value: 9 })
  done.push('rated')
  const form = new FormData()
  form.append('upfile', new File([name], 'note.txt'))
  const file = await ask<{ file_hash: string }>('POST', '/api/files', form)
  const content = await (await send('GET', `/api/files/${file.file_hash}/content`)).text()
  if (content !== name) throw new Error(`Downloaded ${content}, not ${name}`)
  done.push('uploaded and downloaded')
  const code = `C${Date.now()}`
  await ask('POST', '/api/courses', { code, name: 'Check', instructor: 'Ada' })
  const exercise = await ask<Exercise>('POST', `/api/courses/${code}/exercises`, {
    title: 'One more',
    prompt: '',
    language: 'javascript',
    tests: [{ name: 'adds', args: [1], expected: 2 }],
  })
  const path = `/api/courses/${code}/exercises/${exercise.id}/submissions`
  const answer = { code: 'function solve(a) { return a + 1 }' }
  const { status } = await ask<{ status: string }>('POST', path, answer)
  if (status !== 'pass') throw new Error(`A right answer was judged ${status}`)
  done.push('submitted, in a sandbox')
  return done

  async function send(method: string, path: string, body?: unknown): Promise<Response> {
    const isForm = body instanceof FormData
    return fetch(url + path, {
      method,
      headers: {
        ...(path !== '/api/login' && { authorization: `Bearer ${access_token}` }),
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    })
  }

  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await send(method, path, body)
    if (answer.ok) return (await answer.json()) as T
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
}

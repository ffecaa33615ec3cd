import { expect, it } from 'bun:test'
import { readAddresses } from './addresses.ts'

it('reads addresses a line, or between commas, semicolons and spaces, each once', () => {
  const all = ['a@x.example', 'b@x.example', 'c@x.example', 'nobody']
  expect(readAddresses('a@x.example\r\nb@x.example, c@x.example; a@x.example nobody\n')).toEqual(
    all,
  )
  expect(readAddresses(' ;,\n')).toEqual([])
})

it('reads addresses with names, as mail programs copy them', () => {
  for (const [text, addresses] of [
    ['Bernd Huber <bernd@fleet.example>', ['bernd@fleet.example']],
    ['<bernd@fleet.example>', ['bernd@fleet.example']],
    ['"Huber, Bernd" <bernd@fleet.example>', ['bernd@fleet.example']],
    ['Huber, Bernd <b@x.example>; Berg, Anna < a@x.example >', ['b@x.example', 'a@x.example']],
    ['Bernd <b@x.example>, Anna Berg <a@x.example>', ['b@x.example', 'a@x.example']],
    ['<b@x.example>, a@x.example', ['b@x.example', 'a@x.example']],
    ['Bernd Huber <b@x.example>, nobody', ['b@x.example', 'nobody']],
    ['b@x.example <b@x.example>', ['b@x.example']],
    ['a@x.example Bernd <b@x.example>', ['a@x.example', 'b@x.example']],
  ] as const) {
    expect(readAddresses(text)).toEqual([...addresses])
  }
})

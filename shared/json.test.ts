import { describe, expect, it } from 'bun:test'
import { jsonDepthMax, parseJson } from './json.ts'

const parse = (text: string) => parseJson(new TextEncoder().encode(text))
const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('JSON from a client', () => {
  it('is parsed like any other up to its depth', () => {
    expect(parse('{"a":[1,"é",null]}')).toEqual({ a: [1, 'é', null] })
    expect(() => parse(nest(jsonDepthMax))).not.toThrow()
  })

  it('is refused if it is deeper, closed or not', () => {
    for (const text of [nest(jsonDepthMax + 1), '['.repeat(60_000), '{"a":'.repeat(10_000)]) {
      expect(() => parse(text)).toThrow('at most 64 levels')
    }
  })

  it('may have any number of brackets in strings', () => {
    const text = String.raw`[[[ \" [[[ \\`.repeat(100)
    expect(parse(`["${text}"]`)).toEqual([JSON.parse(`"${text}"`)])
    expect(parse(`[${'[],'.repeat(1000)}[]]`)).toHaveLength(1001)
  })

  it('must be UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow(TypeError)
  })
})

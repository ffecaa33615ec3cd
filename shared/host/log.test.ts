import { describe, expect, it } from 'bun:test'
import { DrizzleQueryError } from 'drizzle-orm'
import { describeError } from '../describe-error.ts'
import { createLog } from './log.ts'

describe('the log', () => {
  function capture(level: 'info' | 'error', format: 'json' | 'pretty' = 'json') {
    let text = ''
    const log = createLog({ level, format, write: (part) => (text += part) })
    return { log, text: () => (log.flush(), text) }
  }

  it('writes one JSON line an event, whatever is in it', () => {
    const { log, text } = capture('info')
    log.with({ service: 'inventory' }).info('hello', { note: 'two\nlines' })
    const lines = text().trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    const line: unknown = JSON.parse(lines[0] ?? '')
    expect(line).toMatchObject({ level: 'info', service: 'inventory', note: 'two\nlines' })
  })

  it('leaves out what is below its level', () => {
    const { log, text } = capture('error')
    log.warn('not this')
    log.error('this')
    expect(text()).toContain('"this"')
    expect(text()).not.toContain('not this')
  })

  it('counts lines that could not be written, and says how many once it can write again', () => {
    let text = ''
    let isFull = true
    const write = (part: string, done: (error?: Error) => void) => {
      if (isFull) return done(new Error('no space left'))
      text += part
      done()
    }
    const log = createLog({ level: 'info', format: 'json', write })
    for (const message of ['one', 'two', 'three']) {
      log.info(message)
      if (message !== 'one') log.flush()
    }
    expect(log.lost()).toBe(3)
    isFull = false
    for (const message of ['four', 'five']) {
      log.info(message)
      log.flush()
    }
    expect(log.lost()).toBe(3)
    const lines = text.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { message: 'log lines were lost', lines: 3 },
      { message: 'four' },
      { message: 'five' },
    ])
  })

  it('writes for people on request', () => {
    const { log, text } = capture('info', 'pretty')
    log.info('hello', { count: 2, name: 'x' })
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}hello {2}count=2 name=x\n$/)
  })

  it("includes an error's causes", () => {
    const error = new Error('outer', { cause: new TypeError('inner') })
    expect(describeError(error)).toMatchObject({
      error: 'Error: outer',
      cause: { error: 'TypeError: inner' },
    })
    expect(describeError('text')).toEqual({ error: 'text' })
  })

  it('names the failed statement, without its values', () => {
    const params = ['anna@test.example', 'a\nparams: second line']
    const cause = new Error('the database is away')
    const error = new DrizzleQueryError('SELECT id FROM users WHERE email = ?', params, cause)
    const described = JSON.stringify(describeError(new Error('outer', { cause: error })))
    expect(described).toContain('SELECT id FROM users WHERE email = ?')
    expect(described).toContain('the database is away')
    expect(described).toContain('log.test.ts')
    expect(described).not.toContain('anna@test.example')
    expect(described).not.toContain('second line')
  })
})

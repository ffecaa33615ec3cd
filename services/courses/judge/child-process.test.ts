import { afterEach, describe, expect, it, setDefaultTimeout } from 'bun:test'
import { InterruptedError, startChild, type JudgeChild, type Run } from './child-process.ts'
import { limits, type Limits } from './protocol.ts'

setDefaultTimeout(60_000)

// What a shell says instead of a submission's process, once it has its task: a line, with the nonce
// or without, and nothing that ends by itself.
const greet = `echo '{"sandbox":{"ok":true}}'`
const begin = `${greet}; read -r task; n=\${task#*'"nonce":"'}; n=\${n%%'"'*}`
const outcome = (text: string) => `{"returned":"${text}","output":""}`
const say = (text: string) => `printf '%s%s\\n' "$n" '${outcome(text)}'`
const wait = 'exec sleep 60'
const spin = 'while :; do :; done'
const filled = (count: number) => `head -c ${count} /dev/zero | tr '\\0' x`
const ended = 'the answer ended the process that ran it'

describe.skipIf(process.platform !== 'linux')("a submission's process", () => {
  let child: JudgeChild | undefined
  afterEach(() => child?.kill())

  function start(script: string[], given: Partial<Limits> = {}): JudgeChild {
    child = startChild('javascript', { ...limits, ...given }, ['/bin/sh', '-c', script.join('\n')])
    return child
  }
  const task = { code: 'its code', entry: 'solve', calls: [[1], [2]] }
  const run = (script: string[], given?: Partial<Limits>) =>
    start([begin, ...script], given).run(task)
  const valuesOf = ({ outcomes, stopped }: Run) => [
    ...outcomes.map(({ returned }) => returned),
    ...(stopped === undefined ? [] : [stopped]),
  ]
  const errorOf = (work: Promise<unknown>) => work.then(valuesOf as never, (error) => error)
  async function untilEnded(one: JudgeChild): Promise<void> {
    while (one.isAlive()) await Bun.sleep(5)
  }

  it('gets the task, and says the outcome of each call; then it is ended', async () => {
    const isTask = `case "$task" in *'"code":"its code","entry":"solve","calls":[[1],[2]]'*) `
    const done = await run([`${isTask}${say('1')};; esac`, say('2'), say('3'), wait])
    expect(valuesOf(done)).toEqual(['1', '2'])
    expect(child?.isAlive()).toBe(false)
  })

  it('has a low priority', async () => {
    const nice = `n2=$(cut -d' ' -f19 /proc/$$/stat)`
    const tell = `printf '%s{"returned":"%s","output":""}\\n' "$n" "$n2"`
    expect(valuesOf(await run([nice, tell, tell]))).toEqual(['10', '10'])
  })

  it('is alive while it waits, until it ends or is killed', async () => {
    const first = start([greet, wait])
    expect([await first.sandbox, first.isAlive()]).toEqual([{ ok: true }, true])
    first.kill()
    await untilEnded(first)
    await untilEnded(start([greet, 'exit 0']))
  })

  it('did not begin if it says nothing, and is ended', async () => {
    for (const script of ['exit 3', 'exec 1>&-; exec sleep 60', 'echo; exec sleep 60']) {
      const one = start([script])
      const error = await one.sandbox.catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(InterruptedError)
      expect(error).toMatchObject({ name: 'InterruptedError' })
      expect(String(error)).toContain("The judge's process for javascript did not begin")
      await untilEnded(one)
    }
  })

  it('was interrupted if it did not get the task: nothing of it ran', async () => {
    for (const end of ['exit 0', 'kill -SEGV $$']) {
      const one = start([greet, end])
      await one.sandbox
      await untilEnded(one)
      const message = 'The process ended before its task'
      expect(await errorOf(one.run(task))).toMatchObject({ name: 'InterruptedError', message })
    }
    const deaf = start(['exec 0<&-', greet, wait])
    await deaf.sandbox
    expect(await errorOf(deaf.run(task))).toMatchObject({
      name: 'InterruptedError',
      message: 'The task did not arrive',
      signal: null,
      cause: expect.any(Error),
    })
  })

  it('is stopped by a line that is not an outcome', async () => {
    const lines = [`echo '${'x'.repeat(36)}${outcome('9')}'`, `printf '%s{\\n' "$n"`, 'echo']
    for (const line of lines) {
      expect(valuesOf(await run([say('1'), line, wait]))).toEqual(['1', ended])
    }
  })

  it('ended itself: by its end, by a crash, or by closing its output', async () => {
    for (const end of ['exit 0', 'kill -SEGV $$', 'kill -XCPU $$', `exec 1>&-; ${wait}`]) {
      expect([end, ...valuesOf(await run([say('1'), end]))]).toEqual([end, '1', ended])
    }
  })

  it('was ended from outside by any other signal', async () => {
    for (const signal of ['TERM', 'KILL', 'HUP']) {
      expect(await errorOf(run([say('1'), `kill -${signal} $$`]))).toMatchObject({
        name: 'InterruptedError',
        message: 'The judging was ended from outside',
        signal: `SIG${signal}`,
      })
    }
  })

  it('has a time of its processor for each call, not by the clock', async () => {
    const slow = { cpuMax_ms: 50, submissionMax_ms: 20_000 }
    const stopped = 'time limit: a test may take 0.05 s'
    expect(valuesOf(await run([say('1'), spin], slow))).toEqual(['1', stopped])
    expect(valuesOf(await run(['sleep 0.2', say('1'), say('2')], slow))).toEqual(['1', '2'])
  })

  it('has no verdict if it got no time at all', async () => {
    const message = 'The judging got no time'
    expect(await errorOf(run([say('1'), wait], { submissionMax_ms: 200 }))).toMatchObject({
      message,
    })
  })

  it('has a time for all calls', async () => {
    // On a busy machine it takes some tries until it gets half of a core, for so short a time.
    let done: unknown
    for (let tries = 0; tries < 2000 && !Array.isArray(done); tries++) {
      const one = start([greet, spin], { submissionMax_ms: 20 })
      await one.sandbox
      done = await errorOf(one.run(task))
    }
    expect(done).toEqual(['time limit: all tests may take 0.02 s'])
  })

  it('may say as much as an outcome has, in pieces of any size, and no more', async () => {
    const long = [
      `printf '%s{"returned":"' "$n"`,
      filled(785_000),
      'sleep 0.1',
      filled(3000),
      `printf '\\303'`,
      'sleep 0.05',
      `printf '\\251","output":""}\\n'`,
    ]
    const { outcomes } = await run([...long, say('2')])
    const [first, second] = outcomes.map(({ returned }) => returned ?? '')
    expect([first?.length, first?.slice(-2), second]).toEqual([788_001, 'xé', '2'])
    expect(valuesOf(await run([say('1'), filled(900_000), wait]))).toEqual(['1', ended])
  })
})

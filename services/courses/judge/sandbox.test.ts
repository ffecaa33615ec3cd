import { describe, expect, it } from 'bun:test'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const canary = join(tmpdir(), `campus-sandbox-${process.pid}`)

/** Runs a statement in a process of its own that is sandboxed, as native code gone wild would. */
async function tryInside(statement: string, cpuMax_s = 5) {
  const program = `
    import { enterSandbox } from ${JSON.stringify(join(import.meta.dir, 'sandbox.ts'))}
    import { dlopen } from 'bun:ffi'
    import fs from 'node:fs'
    const { symbols: libc } = dlopen('libc.so.6', {
      fork: { args: [], returns: 'i32' },
      socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
      kill: { args: ['i32', 'i32'], returns: 'i32' },
      prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
    })
    const say = (text) => fs.writeSync(1, String(text))
    enterSandbox(${cpuMax_s})
    try { say(${statement}) } catch (error) { say(error.code) }
    process.exit(0)`
  const child = Bun.spawn([process.execPath, '-e', program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  })
  const said = await child.stdout.text()
  await child.exited
  return { said, signal: child.signalCode }
}

describe.skipIf(process.platform !== 'linux')('a sandboxed process', () => {
  const attempts: [string, string, string][] = [
    ['computes', '6 * 7', '42'],
    ['opens no file', 'fs.readFileSync("/etc/passwd")', 'EPERM'],
    ['makes no file', `fs.writeFileSync(${JSON.stringify(canary)}, "x")`, 'EPERM'],
    ['sees no folder', 'fs.readdirSync("/")', 'EPERM'],
    ['makes no socket', 'libc.socket(2, 1, 0)', '-1'],
    ['starts no process', 'libc.fork()', '-1'],
    ['touches no other process', `libc.kill(${process.pid}, 0)`, '-1'],
    ['cannot open itself again', 'libc.prctl(38, 0, 0, 0, 0)', '-1'],
  ]
  it.each(attempts)('%s', async (_, statement, answer) => {
    expect((await tryInside(statement)).said).toBe(answer)
    expect(existsSync(canary)).toBe(false)
  })

  it('is killed by the kernel when it exceeds its processor time', async () => {
    const ended = await tryInside('(() => { for (;;); })()', 1)
    // Not SIGKILL, which would look as if somebody else had ended it.
    expect(ended).toEqual({ said: '', signal: 'SIGXCPU' })
  }, 60_000)
})

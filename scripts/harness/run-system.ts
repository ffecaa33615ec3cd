import { findFreePorts } from '../../shared/testing/port.ts'
import { commandOf } from './program.ts'

export interface System {
  /** Its base URL, without a trailing slash: the gateway's when it has one. */
  url: string
  /** Its processes, the one that serves `url` first. */
  pids: number[]
  /**
   * Stops it with SIGTERM, and waits until it has exited.
   * @throws Error with its output when it had crashed, or had to be killed after 20 s
   */
  stop(): Promise<void>
  /** Kills it with SIGKILL, and waits until it has exited. */
  kill(): Promise<void>
  /** The end of its output, both streams together. */
  output(): string
}

export interface SystemOptions {
  /** The parts to run, as arguments of `serve.ts`; everything when empty. */
  parts?: readonly string[]
  /** Overrides this process's environment. PORT defaults to a free one. */
  environment: Record<string, string>
  /** The start command; `bun serve.ts` by default, or the binary that is tested. */
  command?: readonly string[]
  /** What answers 200 once it is ready; `/readyz` by default, which asks all it depends on. */
  readyPath?: string
  /** The working directory; the root of this repository by default. */
  folder?: string
}

type Child = Bun.Subprocess<'ignore', 'pipe', 'pipe'>

// First starts apply migrations, on a machine that may be busy with a load test.
const startTimeout_ms = 30_000
// serve.ts drains for at most 15 s.
const stopTimeout_ms = 20_000
// Another process may take the free port before ours does.
const startsMax = 3
// Enough for the last stack traces; an endless log must not fill our memory.
const outputMax = 64 * 1024

// Reads its standard input, whose other end only the starting process holds: end of file means that
// process has ended, however it did, and the system must not outlive it.
const guardScript = 'read -r _; kill -KILL "$1"'

/**
 * Starts Campus, or a part of it, as one process, and waits until it is ready.
 * @throws Error with the process's own output when it ends or is not ready within 30 s, or when the
 *   wanted port is in use
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  for (let start = 1; ; start++) {
    const port = String(findPort(options.environment.PORT))
    const child = spawn({ ...options, environment: { ...options.environment, PORT: port } })
    const system = toSystem(child, `http://127.0.0.1:${port}`)
    const problem = await waitUntilReady(system.url + (options.readyPath ?? '/readyz'), child)
    if (!problem) return system
    await system.kill()
    const isPortTaken = /EADDRINUSE|port .* in use/i.test(system.output())
    if (isPortTaken && !options.environment.PORT && start < startsMax) continue
    throw new Error(`Campus ${problem}. Its output:\n${toEnd(system.output())}`)
  }
}

function spawn(options: SystemOptions): Child {
  const { parts = [], environment, folder } = options
  const { command = folder ? [process.execPath, 'serve.ts'] : commandOf('serve.ts') } = options
  const child = Bun.spawn([...command, ...parts], {
    cwd: folder ?? new URL('../..', import.meta.url).pathname,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C at the terminal must reach only the script, which then stops the system.
    detached: true,
  })
  const guard = Bun.spawn(['/bin/sh', '-c', guardScript, 'guard', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  // Before the process id is reused.
  void child.exited.then(() => guard.kill('SIGKILL'))
  return child
}

function toSystem(child: Child, url: string): System {
  let output = ''
  let killed = false
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)])

  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      output = (output + decoder.decode(chunk, { stream: true })).slice(-outputMax)
    }
  }

  async function kill(): Promise<void> {
    killed = true
    child.kill('SIGKILL')
    await child.exited
    await collected
  }

  async function stop(): Promise<void> {
    if (killed) return
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeout_ms)
    child.kill('SIGTERM')
    await child.exited
    clearTimeout(timer)
    await collected
    if (child.exitCode === 0) return
    const end = child.signalCode ?? child.exitCode
    throw new Error(
      `Campus did not stop cleanly but exited with ${end}. Its output:\n${toEnd(output)}`,
    )
  }

  return { url, pids: [child.pid], stop, kill, output: () => output }
}

// The part worth showing in an error; `output()` has more.
function toEnd(output: string): string {
  return output.slice(-4096) || '(nothing)'
}

/** @returns the problem, or undefined when the system is ready */
async function waitUntilReady(url: string, child: Child): Promise<string | undefined> {
  const deadline = Date.now() + startTimeout_ms
  for (let pause_ms = 20; Date.now() < deadline; pause_ms = Math.min(500, pause_ms * 1.3)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      return `ended with ${child.signalCode ?? child.exitCode} instead of starting`
    }
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => {})
    if (answer?.ok) return undefined
    await Bun.sleep(pause_ms)
  }
  return `was not ready within ${startTimeout_ms} ms`
}

/** Distinct free ports, as environment values. */
export function freePorts(count: number): string[] {
  return findFreePorts(count).map(String)
}

/**
 * A free port, or the wanted one.
 * @throws Error when it is in use: the process there would be mistaken for ours
 */
function findPort(wanted = '0'): number {
  try {
    const probe = Bun.listen({ hostname: '127.0.0.1', port: Number(wanted), socket: { data() {} } })
    probe.stop(true)
    return probe.port
  } catch (cause) {
    throw new Error(`Campus cannot be started: port ${wanted} is in use.`, { cause })
  }
}

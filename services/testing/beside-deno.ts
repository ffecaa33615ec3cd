import { startSystem } from '../../scripts/harness/run-system.ts'
import type { App } from '../../shared/app.ts'
import { readConfig } from '../../shared/host/config.ts'
import { findFreePorts } from '../../shared/testing/port.ts'
import { compose, type ComposeOptions } from '../compose.ts'
import { serviceNames, type PartName } from '../index.ts'

/** The program of Deno, where tests run on it; see `services/deno.test.ts`. */
export const denoProgram = process.env.TEST_DENO

/** What tests run on Deno, if on anything. */
const isForDeno = (part: PartName) => part === 'ratings' || part === 'gateway'

export function hasPartForDeno(parts: readonly PartName[]): boolean {
  return denoProgram !== undefined && parts.some(isForDeno)
}

interface Beside extends Omit<ComposeOptions, 'config'> {
  environment: Record<string, string>
  /** Takes what the processes logged, whenever it is asked for. */
  onOutput: (read: () => string) => void
}

/**
 * As `compose`, but what can runs on Deno, in a process each; the rest listens here.
 * @returns an app that sends all it is given to the first of these processes: the gateway, if there
 *   is one
 */
export async function composeBesideDeno({ environment, onOutput, ...options }: Beside) {
  const here = options.parts.filter((part) => !isForDeno(part))
  const there = options.parts.filter(isForDeno)
  const [port = 0, ...ports] = findFreePorts(1 + there.length).map(Number)
  const toUrl = (part: PartName, at: number) => [`${part.toUpperCase()}_URL`, toAddress(at)]
  const urls = Object.fromEntries([
    ...here.map((part) => toUrl(part, port)),
    ...there.map((part, at) => toUrl(part, ports[at] ?? 0)),
  ]) as Record<string, string>
  const all = { ...urls, ...environment, LOG_LEVEL: 'debug', LOG_FORMAT: 'json' }
  const system = await compose({ ...options, parts: here, config: readConfig(all, serviceNames) })
  await system.prepare()
  system.app.listen({ hostname: '127.0.0.1', port, reusePort: false })
  const processes = await Promise.all(there.map((part, at) => start(part, ports[at] ?? 0, all)))
  onOutput(() => processes.map(({ output }) => output()).join(''))
  const url = toAddress(ports[0] ?? 0)
  const front = {
    handle: (request: Request) => {
      const { pathname, search } = new URL(request.url)
      return fetch(new Request(url + pathname + search, request), { redirect: 'manual' })
    },
    listen: () => {},
    server: { port: ports[0] },
    stop: async () => {},
  }
  return {
    ...system,
    app: front as unknown as App,
    prepare: async () => {},
    close: async () => {
      await Promise.all(processes.map(({ kill }) => kill()))
      await system.app.stop(true)
      await system.close()
    },
  }
}

function start(part: PartName, port: number, environment: Record<string, string>) {
  const listen = ['--host', '127.0.0.1', '--port', String(port)]
  return startSystem({
    command: [denoProgram ?? 'deno', 'serve', '--allow-all', ...listen, 'deno.ts'],
    parts: [part],
    readyPath: '/livez',
    // Deno would ask its own server for updates.
    environment: { ...environment, PORT: String(port), DENO_NO_UPDATE_CHECK: '1' },
  })
}

function toAddress(port: number): string {
  return `http://127.0.0.1:${port}`
}

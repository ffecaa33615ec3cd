/**
 * `bun dev`: everything in one process, with reload, and the console, rebuilt at each change. `bun
 * dev books ratings`, or `cd services/books && bun dev`: these services in one process, with
 * `users` beside it unless it already runs, so that one can log in. All share one data folder and
 * one secret. Ctrl-C ends all.
 */
import { campus, isPart, partNames } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'

const root = new URL('..', import.meta.url).pathname
const parts = process.argv.slice(2)
const unknown = parts.find((name) => !isPart(name))
if (unknown !== undefined) {
  console.error(`There is no service ${unknown}. Choose from ${partNames.join(', ')}.`)
  process.exit(2)
}
const children = new Set<Bun.Subprocess>()
let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal))

// The given port is for the requested services.
const { PORT: _port, ...shared } = process.env
const main = start(['--watch', 'serve.ts', ...parts], process.env)
if (parts.length === 0) start(['scripts/web.ts', '--if-needed', '--watch'])
else if (!parts.includes('users')) void keepUsers()
await main.exited
const code = main.exitCode ?? 1
end('SIGTERM')
await Promise.all([...children].map(({ exited }) => exited))
process.exit(code)

// Several may start it at once, or end while others continue: the one that gets the port runs it.
async function keepUsers(): Promise<void> {
  const { users } = campus
  const config = readConfig(process.env, ['users'])
  // It runs elsewhere.
  if (config.serviceUrls('users')) return
  while (!isEnding) {
    const url = `http://127.0.0.1:${users.port}/livez`
    const isHere = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    if (!isHere) await start(['--watch', 'serve.ts', 'users']).exited
    await Bun.sleep(1000)
  }
}

function start(words: string[], env = shared): Bun.Subprocess {
  const child = Bun.spawn([process.execPath, ...words], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  children.add(child)
  void child.exited.then(() => children.delete(child))
  return child
}

// A terminal sends Ctrl-C to all of them; other signals reach this process only.
function end(signal: NodeJS.Signals): void {
  if (isEnding) return
  isEnding = true
  for (const child of children) child.kill(signal)
}

/**
 * `bun dev`: everything in one process, with reload, and the console, rebuilt at each change. `cd
 * services/books && bun dev`: that service, with `users` beside it for a log-in unless it already
 * runs. All share one data folder and one secret. Ctrl-C ends all.
 */
import { campus, isPart } from '../services/index.ts'
import { readConfig } from '../shared/host/config.ts'

const root = new URL('..', import.meta.url).pathname
const [part] = process.argv.slice(2)
if (part !== undefined && !isPart(part)) {
  console.error(`There is no service ${part}.`)
  process.exit(2)
}
const children = new Set<Bun.Subprocess>()
let isEnding = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal))

const main = start('--watch', 'serve.ts', ...(part === undefined ? [] : [part]))
if (part === undefined) start('scripts/web.ts', '--if-needed', '--watch')
else if (part !== 'users') void keepUsers()
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
    if (!isHere) await start('--watch', 'serve.ts', 'users').exited
    await Bun.sleep(1000)
  }
}

function start(...words: string[]): Bun.Subprocess {
  // The given port is for the requested service.
  const { PORT, ...shared } = process.env
  const isOther = words.at(-1) !== (part ?? 'serve.ts')
  const child = Bun.spawn([process.execPath, ...words], {
    cwd: root,
    env: isOther ? shared : { ...shared, ...(PORT && { PORT }) },
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

import { existsSync, readFileSync, statSync } from 'node:fs'
import { campus, type ServiceName } from '../../services/index.ts'
import type { Config } from '../../shared/host/config.ts'
import { packageManager } from '../../package.json'
import { find, type Finding } from './finding.ts'

const answerTimeout_ms = 2000
const secretMin = 32

export function checkRuntime(): Finding {
  const wanted = packageManager.replace('bun@', '')
  const ok = Bun.version === wanted
  const text = ok ? `Bun ${wanted}` : `Bun ${Bun.version}: install ${wanted}, the tested version`
  return { topic: 'runtime', ok, text }
}

export async function checkPort(config: Config): Promise<Finding> {
  const port = config.PORT ?? campus.gateway.port
  return find('port', async () => {
    try {
      Bun.listen({ hostname: config.HOST, port, socket: { data() {} } }).stop(true)
      return `${config.HOST}:${port} is free`
    } catch {
      const answer = await fetch(`http://${config.HOST}:${port}/livez`, {
        signal: AbortSignal.timeout(answerTimeout_ms),
      }).catch(() => undefined)
      if (answer?.headers.has('x-request-id')) return `${port}: Campus is running there`
      throw new Error(
        `${config.HOST}:${port} is in use or unavailable: set PORT or HOST, or stop its process`,
      )
    }
  })
}

export function checkSecret({ SECRET, SECRET_FILE }: Config): Finding {
  const topic = 'secret'
  if (SECRET) return { topic, ok: true, text: 'in SECRET' }
  if (!existsSync(SECRET_FILE)) {
    return { topic, ok: true, text: `the first start creates ${SECRET_FILE}` }
  }
  const text = readFileSync(SECRET_FILE, 'utf8').trim()
  if (text.length < secretMin) {
    return {
      topic,
      ok: false,
      text: `${SECRET_FILE} is too short: use ${secretMin} characters or more`,
    }
  }
  const { mode, uid } = statSync(SECRET_FILE)
  // In a container the mount sets its permissions, which the user here could not change.
  const ok = (mode & 0o077) === 0 || uid !== process.getuid?.()
  return {
    topic,
    ok,
    text: ok ? `in ${SECRET_FILE}` : `others can read it: chmod 600 ${SECRET_FILE}`,
  }
}

/** What works without, but not as people expect. */
export function describeDefaults({ smtp, TIME_ZONE }: Config): Finding[] {
  const mail = smtp
    ? `by ${new URL(smtp.url).host}, from ${smtp.from}`
    : 'none is sent: set SMTP_URL, MAIL_FROM and PUBLIC_URL; until then pass links on yourself'
  const zone = `${TIME_ZONE}, for opening hours and days of what has no zone of its own (TIME_ZONE)`
  return [
    { topic: 'mail', ok: true, text: mail },
    { topic: 'time zone', ok: true, text: zone },
  ]
}

/** Checks a service that the environment says runs elsewhere. */
export async function checkNeighbour(name: ServiceName, config: Config): Promise<Finding[]> {
  return Promise.all(
    (config.serviceUrls(name) ?? []).map((url) =>
      find(`${name}: address`, async () => {
        const answer = await fetch(`${url}/readyz`, {
          signal: AbortSignal.timeout(answerTimeout_ms),
        }).catch(() => undefined)
        if (answer?.ok) return `${url} is ready`
        const state = answer ? `answers ${answer.status}` : 'is unreachable'
        throw new Error(`${url} ${state}: start ${name}, check its log, or correct the URL`)
      }),
    ),
  )
}

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
  const text = ok ? `Bun ${wanted}` : `Bun ${Bun.version}: install ${wanted}, which is tested`
  return { topic: 'runtime', ok, text }
}

export async function checkPort(config: Config): Promise<Finding> {
  const port = config.port ?? campus.gateway.port
  return find('port', async () => {
    try {
      Bun.listen({ hostname: config.host, port, socket: { data() {} } }).stop(true)
      return `${config.host}:${port} is free`
    } catch {
      const answer = await fetch(`http://${config.host}:${port}/livez`, {
        signal: AbortSignal.timeout(answerTimeout_ms),
      }).catch(() => undefined)
      if (answer?.headers.has('x-request-id')) return `${port}: Campus runs there`
      throw new Error(`${config.host}:${port} cannot be had: set PORT or HOST, or end who has it`)
    }
  })
}

export function checkSecret({ secret, secretFile }: Config): Finding {
  const topic = 'secret'
  if (secret) return { topic, ok: true, text: 'in SECRET' }
  if (!existsSync(secretFile)) {
    return { topic, ok: true, text: `the first start makes ${secretFile}` }
  }
  const text = readFileSync(secretFile, 'utf8').trim()
  if (text.length < secretMin) {
    return {
      topic,
      ok: false,
      text: `${secretFile} is short: write ${secretMin} characters or more`,
    }
  }
  const { mode, uid } = statSync(secretFile)
  // Who mounts it into a container says who reads it there; the user here could not change that.
  const ok = (mode & 0o077) === 0 || uid !== process.getuid?.()
  return {
    topic,
    ok,
    text: ok ? `in ${secretFile}` : `others can read it: chmod 600 ${secretFile}`,
  }
}

/** A service that runs elsewhere, where the environment says so. */
export async function checkNeighbour(name: ServiceName, config: Config): Promise<Finding[]> {
  return Promise.all(
    (config.serviceUrls(name) ?? []).map((url) =>
      find(`${name}: address`, async () => {
        const answer = await fetch(`${url}/readyz`, {
          signal: AbortSignal.timeout(answerTimeout_ms),
        }).catch(() => undefined)
        if (answer?.ok) return `${url} is ready`
        const state = answer ? `answers ${answer.status}` : 'does not answer'
        throw new Error(`${url} ${state}: start ${name}, look at its log, or correct the URL`)
      }),
    ),
  )
}

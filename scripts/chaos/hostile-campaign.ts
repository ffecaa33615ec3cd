import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { campaignEnvironment, logIn, signUp } from '../harness/administrator.ts'
import { startSystem, type System } from '../harness/run-system.ts'
import { listAttacks, toRequest, type Attack } from './hostile/attack.ts'
import { readOperations, type Operation } from './hostile/operation.ts'
import { readUsage, startPeak } from '../harness/usage.ts'
import { sendWire, type WireAnswer, type WireRequest } from './hostile/wire.ts'

export interface HostileOptions {
  /** An empty database, with `{service}` in its name or schema. */
  databaseUrl: string
  /** The processor time that a request may cost, in milliseconds. */
  cpuMax_ms: number
  /** The memory that a request may take, in bytes. */
  memoryMax_bytes: number
  /** Chooses among the attacks on an operation; all of them by default. */
  select?: (attacks: Attack[], operation: Operation) => Attack[]
  onOperation?: (report: HostileReport) => void
}

export interface HostileReport {
  operations: number
  requests: number
  /** The most expensive request, within the bounds or not. */
  worstCpu: { cost: number; name: string }
  worstMemory: { cost: number; name: string }
  faults: string[]
}

// Expensive by design: password hashing.
const hashing = new Set(['logIn', 'signUp', 'changeUser', 'removeUser'])
// An import reads as many books as are sent, in pieces, and serves others in between.
const importCpu_msPerKilobyte = 2
const importMemory_bytes = 8e6
// A single measurement may include unrelated garbage collection; the minimum of these does not.
const attemptsMax = 6
// Bun refuses these before our code sees the request, and without a body.
const refusedByBun = new Set([400, 413, 431])

/**
 * Sends every attack to every operation of a whole system in one process, one request at a time, as
 * a stranger and as a member, and checks the cost and response of each.
 */
export async function runHostileCampaign(options: HostileOptions): Promise<HostileReport> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-chaos-hostile-'))
  const environment = {
    ...campaignEnvironment,
    DATABASE_URL: options.databaseUrl,
    BLOB_URL: `file:${join(folder, 'blobs')}`,
    SECRET_FILE: join(folder, 'secret'),
    LOG_LEVEL: 'error',
  }
  const system = await startSystem({ environment })
  try {
    return await attack(system, options)
  } finally {
    await system.stop()
    await rm(folder, { recursive: true })
  }
}

async function attack(system: System, options: HostileOptions): Promise<HostileReport> {
  const { select = (attacks) => attacks, onOperation } = options
  const nothing = { cost: 0, name: 'nothing' }
  const report: HostileReport = {
    operations: 0,
    requests: 0,
    worstCpu: nothing,
    worstMemory: nothing,
    faults: [],
  }
  const port = Number(new URL(system.url).port)
  const tokens = {
    member: await signUp(system.url, 'mallory'),
    administrator: await logIn(system.url),
  }
  const judge = createJudge(system, options, report)
  for (const operation of await readOperations(system.url)) {
    const bytesMax = await readBound(port, operation)
    for (const chosen of select(listAttacks(operation, bytesMax), operation)) {
      for (const who of attackersOf(operation)) {
        const token = who === 'stranger' ? undefined : tokens[who]
        await judge({
          name: `${operation.id} by a ${who}, ${chosen.name}`,
          request: toRequest(operation, chosen, token),
          operation,
          attack: chosen,
        })
      }
    }
    report.operations++
    onOperation?.(report)
  }
  return report
}

type Attacker = 'stranger' | 'member' | 'administrator'

// A member, as most work happens after authentication, and a stranger.
function attackersOf({ access }: Operation): Attacker[] {
  if (access === 'public') return ['stranger']
  return ['stranger', access === 'admin' || access === 'self' ? 'administrator' : 'member']
}

// The 413 response states the size limit.
async function readBound(port: number, operation: Operation): Promise<number> {
  const attack = {
    name: 'too large',
    body: `{"a":"${'x'.repeat(100_000)}"}`,
    headers: [['content-type', 'application/json']] as [string, string][],
  }
  const { body } = await sendWire(port, toRequest(operation, attack, undefined))
  return Number(/at most (\d+) bytes/.exec(body)?.[1] ?? 60_000)
}

interface Trial {
  name: string
  request: WireRequest
  operation: Operation
  attack: Attack
}

interface Measured {
  answer: WireAnswer
  cpu_ms: number
  memory_bytes: number
}

function createJudge(system: System, options: HostileOptions, report: HostileReport) {
  const { cpuMax_ms, memoryMax_bytes } = options
  const port = Number(new URL(system.url).port)
  const pid = Number(system.pids[0])

  async function measure(request: WireRequest): Promise<Measured> {
    startPeak(pid)
    const before = readUsage(pid)
    const answer = await sendWire(port, request)
    const after = readUsage(pid)
    const cpu_ms = after.cpu_ms - before.cpu_ms
    const memory_bytes = after.peak_bytes - before.peak_bytes
    return { answer, cpu_ms, memory_bytes }
  }

  // A wrong response is a fault at once; an expensive request is measured again.
  async function measureLeast(trial: Trial): Promise<Measured> {
    let least = await measure(trial.request)
    for (let attempt = 1; attempt < attemptsMax && isDear(trial, least); attempt++) {
      const again = await measure(trial.request)
      least = {
        answer: least.answer,
        cpu_ms: Math.min(least.cpu_ms, again.cpu_ms),
        memory_bytes: Math.min(least.memory_bytes, again.memory_bytes),
      }
    }
    return least
  }

  function isDear({ operation, request }: Trial, { cpu_ms, memory_bytes }: Measured): boolean {
    if (operation.id !== 'importBooks') {
      return cpu_ms > cpuMax_ms || memory_bytes > memoryMax_bytes
    }
    const kilobytes = (request.body?.length ?? 0) / 1000
    const allowed_ms = cpuMax_ms + importCpu_msPerKilobyte * kilobytes
    return cpu_ms > allowed_ms || memory_bytes > importMemory_bytes
  }

  return async (trial: Trial): Promise<void> => {
    const { name, operation, attack } = trial
    report.requests++
    try {
      const { answer, cpu_ms, memory_bytes } = await measureLeast(trial)
      const cost = `${cpu_ms.toFixed(1)} ms, ${(memory_bytes / 1e6).toFixed(1)} MB`
      const fault = faultOf(answer, operation, attack)
      if (fault) report.faults.push(`${name}: ${fault}`)
      if (hashing.has(operation.id) && isSeen(answer)) return
      if (isDear(trial, { answer, cpu_ms, memory_bytes })) {
        report.faults.push(`${name}: ${cost} (${answer.status})`)
      }
      if (cpu_ms > report.worstCpu.cost) report.worstCpu = { cost: cpu_ms, name }
      if (memory_bytes > report.worstMemory.cost) report.worstMemory = { cost: memory_bytes, name }
    } catch (error) {
      report.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function isSeen({ status }: WireAnswer): boolean {
  return ![400, 413, 415, 422].includes(status)
}

/** @returns what is wrong with a response, whatever the request */
function faultOf(
  { status, type, body }: WireAnswer,
  { method }: Operation,
  { cutAt }: Attack,
): string | undefined {
  if (status === 0) return cutAt === undefined ? 'no answer' : undefined
  if (status >= 500) return `${status} ${body.slice(0, 200)}`
  if (status < 400 || method === 'HEAD') return undefined
  if (type === 'application/problem+json') return undefined
  if (body === '' && refusedByBun.has(status)) return undefined
  return `${status} as "${type}": ${body.slice(0, 100)}`
}

import { connect } from 'node:net'
import { makeSqlite } from '../../shared/testing/describe-stores.ts'
import { listenForTest } from '../../shared/testing/listen.ts'
import { startForTest, type TestSystem } from '../testing/system.ts'

export async function startListening(options: Parameters<typeof startForTest>[1]) {
  const system = await startForTest(makeSqlite, options)
  return { ...system, url: listenForTest(system.app) }
}

/** A gateway of its own in front of an address; listens, as a client that leaves needs a socket. */
export async function startGateway(url: string, environment: Record<string, string> = {}) {
  const given = { INVENTORY_URL: url, HOP_TIMEOUT_MS: '2000', ...environment }
  const parts = environment.USERS_URL ? (['gateway'] as const) : (['gateway', 'users'] as const)
  const system = await startListening({ parts, environment: given })
  const authorization = `Bearer ${await system.tokenOf('admin')}`
  const send = (path: string, init: RequestInit = {}) =>
    fetch(system.url + path, {
      ...init,
      headers: { authorization, ...(init.headers as Record<string, string>) },
    })
  return { ...system, send, authorization }
}

/** Lines are written from time to time. @throws when there is no such line within five seconds */
export async function untilLogged({ logged }: Pick<TestSystem, 'logged'>, text: string) {
  for (let asked = 0; !logged().includes(text); asked++) {
    if (asked === 250) throw new Error(`${text} is not among:\n${logged()}`)
    await Bun.sleep(20)
  }
}

export interface RawConnection {
  write: (text: string) => void
  /** Once all that was written is on its way. */
  readonly sent: Promise<void>
  /** What was answered once the server had closed the connection, or the time was over. */
  answer: (waitMax_ms: number) => Promise<string>
  leave: () => void
  /** Leaves without a farewell: RST, after which the server knows no address. */
  reset: () => void
}

/** A connection on which one writes what no client library would. */
export function connectRaw(url: string): RawConnection {
  const { hostname, port } = new URL(url)
  let text = ''
  let sent = Promise.resolve()
  const socket = connect(Number(port), hostname)
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('data', (bytes) => (text += bytes.toString()))
  socket.on('error', () => {})
  return {
    write: (more) => (sent = new Promise((resolve) => socket.write(more, () => resolve()))),
    get sent() {
      return sent
    },
    answer: async (waitMax_ms) => {
      await Promise.race([closed, Bun.sleep(waitMax_ms)])
      return text
    },
    leave: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  }
}

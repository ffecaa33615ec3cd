import { productionEnvironment } from '../harness/administrator.ts'
import { freePorts, startSystem, type System } from '../harness/run-system.ts'
import { startInventory } from './inventory.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { createCars } from '../harness/request.ts'
import { verify } from './verify.ts'

export interface ReplicaSystem {
  /** The gateway's address. */
  url: string
  /** Stops one replica with SIGTERM, and starts it again in its place. */
  restart: (replica: number) => Promise<void>
  /** Kills one replica with SIGKILL. */
  kill: (replica: number) => Promise<void>
  stop: () => Promise<void>
}

const replicaCount = 2
// The gateway checks every second, and the machine may be busy.
const drainDelay_ms = 3000

/** Starts replicas of the inventory, and a gateway in front of them. */
export async function startReplicas(databaseUrl: string): Promise<ReplicaSystem> {
  const ports = freePorts(replicaCount)
  const environment = { DRAIN_DELAY_MS: String(drainDelay_ms) }
  const start = (PORT: string) => startInventory(databaseUrl, { ...environment, PORT })
  const replicas: System[] = []
  for (const port of ports) replicas.push(await start(port))
  const urls = ports.map((port) => `http://127.0.0.1:${port}`).join(',')
  const gateway = await startSystem({
    parts: ['gateway'],
    environment: { ...productionEnvironment, USERS_URL: urls, INVENTORY_URL: urls },
  })
  return {
    url: gateway.url,
    restart: async (replica) => {
      await replicas[replica]?.stop()
      replicas[replica] = await start(ports[replica] ?? '')
    },
    kill: async (replica) => replicas[replica]?.kill(),
    stop: async () => {
      for (const system of [gateway, ...replicas]) await system.kill()
    },
  }
}

export interface RollingReport {
  rounds: number
  answered: number
  /** Requests that were lost, and acknowledged bookings that are missing. */
  faults: string[]
}

// Half the capacity of two cores, beside the starting replicas.
const clients = 6
const resourcesWanted = 3

/** Restarts one replica after the other under load, and checks what was acknowledged. */
export async function runRollingRounds(
  databaseUrl: string,
  rounds: number,
): Promise<RollingReport> {
  const system = await startReplicas(databaseUrl)
  try {
    const ledger = createLedger()
    const resources = await createCars(system.url, resourcesWanted)
    const load = startLoad({ urls: [system.url], resources, ledger, clients })
    for (let round = 0; round < rounds; round++) await system.restart(round % replicaCount)
    await load.stop()
    const { witness } = load
    const faults = (await verify(system.url, ledger, resources)).map(({ detail }) => detail)
    const answered = [200, 201, 204, 409].reduce((sum, status) => sum + witness.total(status), 0)
    return { rounds, answered, faults: [...witness.wrong, ...faults] }
  } finally {
    await system.stop()
  }
}

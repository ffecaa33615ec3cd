import { partNames, serviceNames } from '../../services/index.ts'
import { freePorts, startSystem, type System } from './run-system.ts'

/** Starts each service and the gateway as processes of their own; otherwise like `startSystem`. */
export async function startSplitSystem(environment: Record<string, string>): Promise<System> {
  const systems: System[] = []
  // All addresses are chosen first, as any service may call any other.
  const [door = '', ...others] = freePorts(partNames.length)
  const ports = serviceNames.map((name, at) => ({ name, port: others[at] ?? '' }))
  const shared = { ...environment, ...Object.fromEntries(ports.map(toUrlVariable)) }
  const all = async (end: 'stop' | 'kill') => {
    // The gateway first, so that it forwards nothing to a stopped service.
    for (const system of systems.toReversed()) await system[end]()
  }
  try {
    for (const { name, port } of ports) {
      systems.push(await startSystem({ parts: [name], environment: { ...shared, PORT: port } }))
    }
    const gateway = { parts: ['gateway'], environment: { ...shared, PORT: door } } as const
    systems.push(await startSystem(gateway))
    return {
      url: `http://127.0.0.1:${door}`,
      pids: systems.toReversed().flatMap(({ pids }) => pids),
      stop: () => all('stop'),
      kill: () => all('kill'),
      output: () => systems.map((system) => system.output()).join(''),
    }
  } catch (error) {
    await all('kill')
    throw error
  }
}

function toUrlVariable({ name, port }: { name: string; port: string }): [string, string] {
  return [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${port}`]
}

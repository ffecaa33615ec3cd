import { productionEnvironment } from '../harness/administrator.ts'
import { startSystem, type System } from '../harness/run-system.ts'
import { commandOf } from '../harness/program.ts'

/** Starts a real inventory, with users, as a process on this database; waits until it is ready. */
export async function startInventory(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<System> {
  return startSystem({
    parts: ['users', 'inventory'],
    environment: { ...productionEnvironment, DATABASE_URL: databaseUrl, ...environment },
  })
}

export interface InventoryProcess {
  child: Bun.Subprocess
  /** Its whole output, once it has ended. */
  output: Promise<string>
}

/** The same process without waiting: it may be killed before it is ready. */
export function spawnInventory(
  databaseUrl: string,
  environment: Record<string, string>,
  command: readonly string[] = commandOf('serve.ts'),
): InventoryProcess {
  const child = Bun.spawn([...command, 'users', 'inventory'], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: { ...process.env, ...productionEnvironment, DATABASE_URL: databaseUrl, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Read continuously: a full pipe would block the process.
  const streams = Promise.all([child.stdout.text(), child.stderr.text()])
  return { child, output: streams.then((texts) => texts.join('')) }
}

import postgres from 'postgres'

/** The sessions that others have on the inventory's PostgreSQL database; none on SQLite. */
export interface Sessions {
  list: () => Promise<number[]>
  /** Terminates all of them. @returns how many */
  terminate: () => Promise<number>
  /** Waits until they have ended: then the statements of a dead client are committed or not. */
  waitForEnd: (sessions: readonly number[]) => Promise<void>
  close: () => Promise<void>
}

// The server ends our statements after 10 s, a little later on a busy machine.
const endTimeout_ms = 20_000

export function openSessions(databaseUrl: string): Sessions {
  if (!databaseUrl.startsWith('postgres')) return noSessions
  const sql = postgres(databaseUrl.replaceAll('{service}', 'inventory'), {
    max: 1,
    onnotice: () => {},
  })

  async function list(): Promise<number[]> {
    const rows = await sql<{ pid: number }[]>`
      SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'`
    return rows.map(({ pid }) => pid)
  }

  return {
    list,
    terminate: async () => {
      const sessions = await list()
      await sql`SELECT pg_terminate_backend(pid) FROM unnest(${sessions}::int[]) AS sent(pid)`
      return sessions.length
    },
    waitForEnd: (sessions) => waitForEnd(list, sessions),
    close: () => sql.end({ timeout: 5 }),
  }
}

const noSessions: Sessions = {
  list: async () => [],
  terminate: async () => 0,
  waitForEnd: async () => {},
  close: async () => {},
}

async function waitForEnd(list: Sessions['list'], sessions: readonly number[]): Promise<void> {
  const giveUp = Date.now() + endTimeout_ms
  while (Date.now() < giveUp) {
    const left = new Set(await list())
    if (!sessions.some((pid) => left.has(pid))) return
    await Bun.sleep(20)
  }
  throw new Error(`Sessions of a dead process are still there after ${endTimeout_ms} ms`)
}

import { Database } from 'bun:sqlite'
import postgres from 'postgres'

/** Changes a database as an operator would at its prompt, bypassing all of our code. */
export async function changeByHand(url: string, text: string): Promise<void> {
  if (url.startsWith('sqlite:')) {
    using database = new Database(url.slice('sqlite:'.length), { readwrite: true, create: false })
    database.run('PRAGMA busy_timeout = 5000')
    database.run(text)
    return
  }
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client.unsafe(text)
  } finally {
    await client.end()
  }
}

/** An uncommitted change. @returns a function that commits it */
export async function beginByHand(url: string, text: string): Promise<() => Promise<void>> {
  if (url.startsWith('sqlite:')) {
    const database = new Database(url.slice('sqlite:'.length), { readwrite: true })
    database.run('PRAGMA busy_timeout = 5000')
    database.run('BEGIN IMMEDIATE')
    database.run(text)
    return async () => {
      database.run('COMMIT')
      database.close()
    }
  }
  const client = postgres(url, { max: 1, onnotice: () => {} })
  await client.unsafe('BEGIN')
  await client.unsafe(text)
  return async () => {
    await client.unsafe('COMMIT')
    await client.end()
  }
}

/** Waits until somebody waits for a change begun by hand. SQLite tells nobody: it gets a while. */
export async function untilAwaited(url: string): Promise<void> {
  if (url.startsWith('sqlite:')) return Bun.sleep(300)
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    for (let asked = 0; asked < 1000; asked++) {
      const blocked = await client`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`
      if (blocked.length > 0) return
      await Bun.sleep(10)
    }
  } finally {
    await client.end()
  }
  throw new Error('Nobody waits for it.')
}

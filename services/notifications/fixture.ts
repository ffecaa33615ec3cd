import { expect } from 'bun:test'
import type { Notification } from '../../shared/schemas/notification.ts'
import type { MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { useBookings } from '../bookings/fixture.ts'
import type { TestSystem } from '../testing/system.ts'

// Longer than any test takes.
const patience_ms = 20_000

const sources = ['bookings', 'inventory', 'courses', 'files', 'clock']
const tasks = [...sources.map((name) => `read ${name}`), 'tell people']

/** Notifies of all that happened so far. */
export async function notifyAll({ runTask }: TestSystem): Promise<void> {
  for (const task of tasks) await runTask(`notifications: ${task}`)
}

/** A system with notifications, for all tests of a file. */
export function useNotifications(
  makeDatabase: MakeDatabase,
  options?: Parameters<typeof useBookings>[1],
) {
  const tools = useBookings(makeDatabase, options)
  const { call } = tools

  const inboxOf = async (name: string, query = '') =>
    (await call<Notification[]>('GET', `/api/notifications?limit=200${query}`, { as: name })).body

  /** A user's notifications about a subject, once there are that many. */
  async function told(name: string, subject: string, times = 1): Promise<Notification[]> {
    const end = Date.now() + patience_ms
    for (;;) {
      const found = (await inboxOf(name)).filter((one) => one.subject === subject)
      if (found.length >= times) return found.toReversed()
      expect([name, found.length, Date.now() < end]).toEqual([name, found.length, true])
      await Bun.sleep(50)
    }
  }

  const kindsOf = (found: Notification[]) => found.map(({ kind }) => kind)

  return { ...tools, inboxOf, told, kindsOf }
}

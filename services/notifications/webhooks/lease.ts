import { and, eq, isNull, lte, or, sql, type SQL } from 'drizzle-orm'
import type { Context } from '../../../shared/context.ts'
import type { NotificationsTables } from '../tables.ts'

// A killed process blocks sending for no longer; a live one has three chances to renew.
const lease_s = 6
const renewEvery_ms = 2000
// Sending stops before it may expire, as cutting off a request takes a moment.
const trustFor_ms = 5000

/**
 * One process at a time sends for a webhook, by the database's clock, as others may be wrong. The
 * holder's writes take effect only while it holds the lease, in the same commit.
 */
export function createLeases(
  { store, id: newId }: Pick<Context, 'store' | 'id'>,
  { webhooks }: NotificationsTables,
) {
  const { now, second } = store.columns
  const held = new Map<string, AbortController>()
  const end = sql`${now} + ${lease_s} * ${sql.raw(second)}`
  const isFree: SQL | undefined = or(
    isNull(webhooks.leased_until),
    lte(webhooks.leased_until, sql`${now}`),
  )
  const isHeld = (id: string, lease: string) =>
    and(eq(webhooks.id, id), eq(webhooks.lease, lease), eq(webhooks.state, 'enabled'))

  /** @returns undefined if another process holds it, or nothing is left to send */
  async function claim(id: string): Promise<string | undefined> {
    const lease = newId()
    const claimed = await store.db
      .update(webhooks)
      .set({ lease, leased_until: end })
      .where(and(eq(webhooks.id, id), eq(webhooks.state, 'enabled'), isFree))
      .returning({ id: webhooks.id })
    return claimed.length > 0 ? lease : undefined
  }

  /** @returns whether it is still held */
  async function renew(id: string, lease: string): Promise<boolean> {
    const renewed = await store.db
      .update(webhooks)
      .set({ leased_until: end })
      .where(isHeld(id, lease))
      .returning({ id: webhooks.id })
    return renewed.length > 0
  }

  /**
   * Keeps a claimed lease renewed.
   * @returns `lost` fires once it may have expired, also when the database is unavailable
   */
  function keep(id: string, lease: string, claimed_ms: number) {
    const ending = new AbortController()
    const lose = () => ending.abort()
    const trustFrom = (asked_ms: number) =>
      setTimeout(lose, asked_ms + trustFor_ms - performance.now())
    let trust = trustFrom(claimed_ms)
    async function renewOnce(): Promise<void> {
      const asked_ms = performance.now()
      const isRenewed = await renew(id, lease).catch(() => undefined)
      if (isRenewed === false) lose()
      if (!isRenewed || ending.signal.aborted) return
      clearTimeout(trust)
      trust = trustFrom(asked_ms)
    }
    const timer = setInterval(() => void renewOnce(), renewEvery_ms)
    const stop = () => {
      clearInterval(timer)
      lose()
      clearTimeout(trust)
      held.delete(id)
    }
    held.set(id, ending)
    return { lost: ending.signal, stop }
  }

  /** Immediately stops this process sending for a changed or removed webhook. */
  const cutOff = (id: string): void => held.get(id)?.abort()

  async function release(id: string, lease: string): Promise<void> {
    await store.db
      .update(webhooks)
      .set({ lease: null, leased_until: null })
      .where(and(eq(webhooks.id, id), eq(webhooks.lease, lease)))
  }

  /** First statement of a commit: other changes to the webhook or its rows wait. */
  const lock = (id: string): SQL =>
    sql`SELECT id FROM ${webhooks} WHERE ${eq(webhooks.id, id)} ${store.rowLock}`

  return { claim, cutOff, isFree, isHeld, keep, lock, release }
}

export type Leases = ReturnType<typeof createLeases>

import type { Sink } from '../../../shared/event-stream.ts'
import type { Inbox } from './inbox.ts'

interface Follower {
  userId: string
  /** The number last sent; undefined: none yet. */
  unread: number | undefined
  sink: Sink
}

// One query serves all followers of this process.
const lookEvery_ms = 1000
const usersAtOnce = 500

/** Streams each user's number of unread notifications whenever it changes. */
export function createUnreadStream({ countUnreadOf }: Pick<Inbox, 'countUnreadOf'>) {
  const followers = new Set<Follower>()
  let isLooking = false

  async function look(): Promise<void> {
    const users = [...new Set([...followers].map(({ userId }) => userId))]
    for (let at = 0; at < users.length; at += usersAtOnce) {
      const some = users.slice(at, at + usersAtOnce)
      const counts = await countUnreadOf(some)
      const named = new Set(some)
      for (const follower of followers) {
        if (!named.has(follower.userId)) continue
        const unread = counts.get(follower.userId) ?? 0
        if (unread === follower.unread) continue
        follower.unread = unread
        follower.sink.send(encoder.encode(`event: unread\ndata: {"unread":${unread}}\n\n`))
      }
    }
  }

  async function keepLooking(): Promise<void> {
    isLooking = true
    while (followers.size > 0) {
      await look().catch(() => {}) // the database is unavailable: the next poll will report
      await Bun.sleep(lookEvery_ms)
    }
    isLooking = false
  }

  /** Sends the current and each later number, until the returned function is called. */
  return async function follow(userId: string, sink: Sink): Promise<() => void> {
    const follower: Follower = { userId, unread: undefined, sink }
    followers.add(follower)
    if (!isLooking) void keepLooking()
    return () => void followers.delete(follower)
  }
}

const encoder = new TextEncoder()

import type { Context } from '../../../shared/context.ts'
import { ProblemError } from '../../../shared/problem.ts'
import { createSealedTokens } from '../../../shared/sealed-token.ts'
import { notificationKinds, type NotificationKind } from '../../../shared/notification-kinds.ts'
import type { Kinds } from '../../../shared/schemas/notification.ts'
import { toServiceCaller } from '../../../shared/access.ts'
import type { Directory } from '../people/directory.ts'
import type { Preferences } from '../preferences/preferences.ts'

type Mailed = NotificationKind | 'digest'

/** Links in mails to unsubscribe from a kind, without logging in: RFC 8058. */
export function createUnsubscribe(
  { secret, config }: Pick<Context, 'secret' | 'config'>,
  { preferences, directory }: { preferences: Preferences; directory: Directory },
) {
  const tokens = createSealedTokens(secret, 'unsubscribe')

  /** @throws 404 unless it is one of ours */
  function read(token: string): { user: string; kind: Mailed } {
    const [user, name = ''] = tokens.read(token) ?? []
    const kind = name.replace('-', '.') as Mailed
    if (user !== undefined && (kind === 'digest' || notificationKinds.includes(kind))) {
      return { user, kind }
    }
    const detail = 'This link is not one of ours. Log in to change your notifications.'
    throw new ProblemError({ status: 404, code: 'link_not_found', detail })
  }

  return {
    /** The unsubscribe link of a mail. Valid as long as mails are kept. */
    addressOf: (user: string, kind: Mailed): string =>
      `${config.PUBLIC_URL ?? ''}/api/notifications/unsubscribe/` +
      tokens.write([user, kind.replace('.', '-')]),
    read,
    /** Idempotent. Notifications stay in the inbox. */
    unsubscribe: async (token: string): Promise<void> => {
      const { user, kind } = read(token)
      // Nothing is stored for a removed account.
      if (!(await directory.findPeople([user])).has(user)) return
      const { effective } = (await preferences.find([user]))(user)
      const ofMail = kind === 'digest' ? ['digest'] : ['mail', 'digest']
      const named = kind === 'digest' ? notificationKinds : [kind]
      // A narrower choice stays.
      const muted = named.filter((one) => ofMail.includes(effective.kinds[one] ?? 'mail'))
      if (muted.length === 0) return
      const kinds: Kinds = Object.fromEntries(muted.map((one) => [one, 'inbox']))
      const caller = { ...toServiceCaller('notifications'), id: user }
      await preferences.change(user, { body: { kinds }, caller, ifMatch: undefined })
    },
  }
}

export type Unsubscribe = ReturnType<typeof createUnsubscribe>

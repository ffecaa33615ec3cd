import { and, eq, gt } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import type { Language } from '../../../shared/language.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import type { MadeInvitation } from '../../../shared/schemas/invitation.ts'
import { isId } from '../../../shared/schemas/primitive.ts'
import type { Mail } from '../mail/mail.ts'
import type { Standing } from '../standing.ts'
import type { UsersTables } from '../tables.ts'
import type { Invitations } from './invitations.ts'
import { hasLink, linkIdOf } from './link.ts'

export interface RenewalOptions {
  invitations: Invitations
  mail: Mail
  security: SecurityLog
  standing: Standing
}

export interface RenewalRequest {
  id: string
  caller: Caller
  origin: Origin
  language: Language
}

/** New links for pending invitations, whoever made them; the former link ends in that commit. */
export function createRenewal(
  { store, clock, id: newId }: Pick<Context, 'store' | 'clock' | 'id'>,
  { invitations: table }: UsersTables,
  { invitations, mail, security, standing }: RenewalOptions,
) {
  /**
   * @throws 404 unless it is pending; 409 as for a new one, or if it was renewed meanwhile; 429
   * above the daily limit
   */
  return async function renew(request: RenewalRequest): Promise<MadeInvitation> {
    const { id, caller, origin, language } = request
    const now_ms = clock()
    const isPending = and(eq(table.id, id), gt(table.expires, now_ms))
    const [row] = await store.db.select().from(table).where(isPending)
    if (!row) throw notFound('invitation', id)
    await invitations.requireMayInvite(caller, row.email)
    const { email } = row
    // Without mail it is passed on, and verifies nothing.
    const outbox = email === null ? undefined : mail.outbox
    const link_id = newId()
    const renewed = {
      link_id,
      mailed: outbox && mail.isReal ? now_ms : null,
      created_by: isId(caller.id) ? caller.id : null,
      created: now_ms,
      expires: now_ms + (row.expires - row.created),
    }
    const detail = (await invitations.readName(caller.id)) ?? ''
    const about = { kind: 'invitation', reference: link_id, language, detail } as const
    const isAsRead = hasLink(table, linkIdOf(row))
    const isRenewed = await store.atomically([
      standing.lock(caller),
      ...(outbox && email ? [outbox.add({ ...about, recipient: email })] : []),
      // As a new one does: it is theirs now.
      ...invitations.replacing({ ...row, ...renewed }),
      store.db
        .update(table)
        .set(renewed)
        .where(and(isPending, isAsRead, standing.holds(caller)))
        .getSQL(),
    ])
    if (!isRenewed) {
      await standing.require(caller)
      const [still] = await store.db.select({ id: table.id }).from(table).where(isPending)
      throw still ? renewedMeanwhile() : notFound('invitation', id)
    }
    security('invitation_renewed', { actor: caller.id, invitation: id, role: row.role, origin })
    return invitations.toMade({ ...row, ...renewed })
  }
}

function renewedMeanwhile() {
  return conflict('invitation_renewed', 'It got another new link at this moment. Look again.')
}

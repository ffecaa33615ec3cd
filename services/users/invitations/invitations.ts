import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { and, desc, eq, exists, gt, isNull, lt, ne, or, sql, type SQL } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Created } from '../../../shared/answer.ts'
import type { Context } from '../../../shared/context.ts'
import type { Prunable } from '../../../shared/host/prune.ts'
import type { Origin, SecurityLog } from '../../../shared/host/security-log.ts'
import { createOnce, findReplay, writeOnce, type Creation } from '../../../shared/idempotency.ts'
import { toInstant } from '../../../shared/instant.ts'
import { readCursor, rowsToAsk, toPage, type Page, type PageQuery } from '../../../shared/page.ts'
import { conflict, notFound, type ProblemError } from '../../../shared/problem.ts'
import { Id, isId } from '../../../shared/schemas/primitive.ts'
import type {
  Invitation,
  MadeInvitation,
  NewInvitation,
  OpenInvitation,
} from '../../../shared/schemas/invitation.ts'
import type { Role } from '../../../shared/schemas/user.ts'
import type { Accounts } from '../accounts.ts'
import type { Allowance, Attempts } from '../attempts.ts'
import type { Links } from '../links.ts'
import type { Mail } from '../mail/mail.ts'
import type { Language } from '../../../shared/language.ts'
import { toDisplayName } from '../directory/display-name.ts'
import type { Standing } from '../standing.ts'
import type { UserRow, UsersTables } from '../tables.ts'
import type { InvitedGroups } from './invited-groups.ts'
import { hasLink, linkIdOf } from './link.ts'
import type { InvitationRow } from './tables.ts'
import { day_ms } from '../../../shared/duration.ts'

const daysDefault = 7
// More colleagues than anybody invites in a day; also limits a stolen token.
const perDay: Allowance = {
  count: 200,
  window_ms: day_ms,
  costMax_ms: day_ms / 200,
  code: 'too_many_invitations',
  what: 'invitations today',
}

export interface InvitationsOptions {
  accounts: Accounts
  attempts: Attempts
  groups: InvitedGroups
  links: Links
  mail: Mail
  security: SecurityLog
  standing: Standing
}

export interface InvitationRequest extends Creation<NewInvitation> {
  origin: Origin
  language: Language
}

type InvitationsContext = Pick<Context, 'store' | 'clock' | 'id' | 'config'>

/** Invitations: created, listed and revoked by administrators. Each row is pending. */
export function createInvitations(
  { store, clock, id: newId, config }: InvitationsContext,
  { invitations, users }: UsersTables,
  { accounts, attempts, groups, links, mail, security, standing }: InvitationsOptions,
) {
  /** Deletes other invitations of its maker to its address. */
  function replacing({ id, email, created_by }: InvitationRow): SQL[] {
    if (email === null) return []
    const isTheirs = created_by
      ? eq(invitations.created_by, created_by)
      : isNull(invitations.created_by)
    const isOther = and(eq(invitations.email, email), isTheirs, ne(invitations.id, id))
    return [store.db.delete(invitations).where(isOther).getSQL()]
  }

  /** Creates one, replacing an earlier one to the same address. */
  function insertion(row: InvitationRow): SQL[] {
    return [...replacing(row), store.db.insert(invitations).values(row).getSQL()]
  }

  /** Invitations by the operator and self-invitations have no maker. */
  function isGood(): SQL | undefined {
    const isInUse = and(
      eq(users.id, invitations.created_by),
      eq(users.role, 'admin'),
      isNull(users.disabled),
    )
    const maker = store.db.select({ id: users.id }).from(users).where(isInUse)
    return and(gt(invitations.expires, clock()), or(isNull(invitations.created_by), exists(maker)))
  }

  /** With its link, unless that was mailed: whoever has it, proves the address. */
  function toMade(invitation: Invitation, linkId = invitation.id): MadeInvitation {
    const link = !invitation.mailed ? links.toLink('invitation', linkId) : null
    return { ...invitation, link }
  }

  /** The response to a retry: with its link as long as that is good. */
  async function toMadeAgain(stored: StoredInvitation): Promise<MadeInvitation> {
    const { id, email, mailed = false } = stored
    const isUnchanged = and(eq(invitations.id, id), isNull(invitations.link_id), isGood())
    const [row] = await store.db.select().from(invitations).where(isUnchanged)
    // A response of an earlier version does not say whether the link was mailed.
    const isPassedOn = email === null || stored.mailed === false
    return row && isPassedOn ? toMade({ ...stored, mailed }) : { ...stored, mailed, link: null }
  }

  /** @throws 409 if nobody is invited, or the address has an account; 429 above the daily limit */
  async function requireMayInvite({ id }: Caller, email: string | null): Promise<void> {
    if (config.SIGN_UP === 'closed') throw closed()
    links.requireOrigin()
    if (email) await accounts.requireFree({ username: '', email })
    await attempts.consume(`invitations:${id}`, perDay)
  }

  async function readName(userId: string): Promise<string | null> {
    if (!isId(userId)) return null
    const [user] = await store.db.select().from(users).where(eq(users.id, userId))
    return user ? toDisplayName(user) : null
  }

  async function create(request: InvitationRequest): Promise<Created<MadeInvitation>> {
    const { body, caller, idempotencyKey, origin, language } = request
    const replay = await findReplay<StoredInvitation>(store, idempotencyKey)
    if (replay) return { ...replay, value: await toMadeAgain(replay.value) }
    const outbox = body.email === undefined ? undefined : mail.requireOutbox()
    const email = body.email?.toLowerCase() ?? null
    const groupIds = body.groups ?? []
    await groups.requireThere(groupIds)
    await requireMayInvite(caller, email)
    const now_ms = clock()
    const row = {
      id: newId(),
      email,
      role: body.role ?? 'member',
      created_by: isId(caller.id) ? caller.id : null,
      created: now_ms,
      expires: now_ms + (body.expires_in_days ?? daysDefault) * day_ms,
      link_id: null,
      mailed: outbox && mail.isReal ? now_ms : null,
    }
    const invited_by = await readName(caller.id)
    const statements = [
      standing.lock(caller),
      ...insertion(row),
      ...groups.insertion(row.id, groupIds),
    ]
    if (email && outbox) {
      const detail = invited_by ?? ''
      const about = { kind: 'invitation', recipient: email, reference: row.id } as const
      statements.push(outbox.add({ ...about, language, detail }))
    }
    // Changes nothing, but decides.
    const isMade = and(eq(invitations.id, row.id), standing.holds(caller))
    statements.push(sql`UPDATE ${invitations} SET role = role WHERE ${isMade}`)
    // The response stored for a retry has no link; it is computed again.
    const created = await createOnce(store, {
      idempotencyKey,
      value: toInvitation({ ...row, invited_by }, groupIds),
      write: (response) =>
        groups.naming(groupIds, () => writeOnce(store, statements, { response, now_ms })),
      explain: () => standing.require(caller).then(() => undefined),
    })
    const { id: invitation, role } = row
    if (created.replayed) return { ...created, value: await toMadeAgain(created.value) }
    security('invitation_created', { actor: caller.id, invitation, role, origin })
    return { ...created, value: toMade(created.value) }
  }

  function select() {
    return store.db
      .select({ row: invitations, user: users })
      .from(invitations)
      .leftJoin(users, eq(users.id, invitations.created_by))
  }

  return {
    requireMayInvite,
    readName,
    /** The response to who made the link. */
    toMade: async (row: InvitationRow): Promise<MadeInvitation> => {
      const named = await groups.read([row.id])
      const invited_by = await readName(row.created_by ?? '')
      const invitation = toInvitation({ ...row, invited_by }, named.get(row.id) ?? [])
      return toMade(invitation, linkIdOf(row))
    },
    /**
     * @throws 409 if the address has an account, mail is off, or links have no address; 429 above
     * the daily limit
     */
    create,
    insertion,
    replacing,
    /** Pending invitations, newest first. */
    list: async (query: PageQuery): Promise<Page<Invitation>> => {
      const after = readCursor(query, isPosition)
      const isNext = and(gt(invitations.expires, clock()), after && lt(invitations.id, after[0]))
      const rows = await select()
        .where(isNext)
        .orderBy(desc(invitations.id))
        .limit(rowsToAsk(query))
      const page = toPage(rows, query, ({ row }) => [row.id])
      const named = await groups.read(page.items.map(({ row }) => row.id))
      const toItem = (found: (typeof rows)[number]) =>
        toInvitation(toRow(found), named.get(found.row.id) ?? [])
      return { ...page, items: page.items.map(toItem) }
    },
    /** @throws 404 unless it is pending */
    revoke: async (id: string, actor: string, origin: Origin): Promise<void> => {
      const [gone] = await store.db.delete(invitations).where(eq(invitations.id, id)).returning()
      if (!gone) throw notFound('invitation', id)
      security('invitation_revoked', { actor, invitation: id, origin })
    },
    /**
     * The invitation of a token.
     * @returns undefined if it was used or revoked, has expired, or its maker is no administrator
     * now
     */
    find: async (token: string): Promise<Row | undefined> => {
      const id = links.readToken('invitation', token)
      if (!id) return undefined
      const [found] = await select().where(and(hasLink(invitations, id), isGood()))
      return found && toRow(found)
    },
    /** Uses it up; the deciding statement. */
    use: (row: InvitationRow): SQL =>
      store.db
        .delete(invitations)
        .where(
          and(
            eq(invitations.id, row.id),
            eq(invitations.role, row.role),
            hasLink(invitations, linkIdOf(row)),
            isGood(),
          ),
        )
        .getSQL(),
    prunable: toPrunable(invitations),
  }
}

function toPrunable(table: UsersTables['invitations']): Prunable {
  const { id: key, expires: since } = table
  return { name: 'expired invitations', table, key, since, keepFor_ms: 0 }
}

export type Invitations = ReturnType<typeof createInvitations>

/** Stored for a retry. */
type StoredInvitation = Omit<Invitation, 'mailed'> & Partial<Pick<Invitation, 'mailed'>>

type Row = InvitationRow & { invited_by: string | null }

function toRow({ row, user }: { row: InvitationRow; user: UserRow | null }): Row {
  return { ...row, invited_by: user && toDisplayName(user) }
}

export function toOpenInvitation({ email, role, invited_by, expires }: Row): OpenInvitation {
  return { email, role: role as Role, invited_by, expires: toInstant(expires) ?? '' }
}

function toInvitation(row: Row, groups: string[]): Invitation {
  const created = toInstant(row.created) ?? ''
  return { id: row.id, ...toOpenInvitation(row), groups, created, mailed: row.mailed !== null }
}

function closed(): ProblemError {
  return conflict(
    'sign_up_closed',
    'SIGN_UP=closed: create the account yourself, or change the setting.',
  )
}

const Position = Type.Tuple([Id])

function isPosition(value: unknown): value is [id: string] {
  return Value.Check(Position, value)
}

import { useSignal } from '@preact/signals'
import type { Holdings } from '../../shared/schemas/leaving.ts'
import type { User } from '../../shared/schemas/user.ts'
import { t, withTexts } from '../i18n.ts'
import { useQuery, type Query } from '../query.ts'
import { user as self } from '../session/session.ts'
import { describeSpan } from '../bookings/span.ts'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { AccountActions } from './account-actions.tsx'
import { HandOverDialog } from './hand-over-dialog.tsx'
import { HoldingsFacts } from './holdings.tsx'
import { countAhead, readAccount, readHoldings } from './leaving.ts'
import { leavingTexts } from './texts.ts'
import { ReleaseBookings } from './release-bookings.tsx'

/** One account, for administrators: details, belongings, and removal. */
function AccountPage({ id }: { id: string }) {
  const account = useQuery(id, () => readAccount(id))
  const held = useQuery(`${id} holdings`, () => readHoldings(id))
  return (
    <Loaded query={account}>
      {(user) => (
        <>
          <header class="page-head">
            <div>
              <a href="/people">{t('people.accounts')}</a>
              <h1>
                {user.display_name}{' '}
                {user.disabled && <span class="badge bad">{t('people.disabled')}</span>}
              </h1>
            </div>
            {user.id !== self.value?.id && (
              <AccountActions user={user} changed={() => void account.reload()} />
            )}
          </header>
          <Facts user={user} />
          <Has user={user} held={held} />
        </>
      )}
    </Loaded>
  )
}

function Facts({ user: { username, email, role, created } }: { user: User }) {
  return (
    <section class="card">
      <dl class="facts">
        <dt>{t('session.username')}</dt>
        <dd>{username}</dd>
        <dt>{t('session.email')}</dt>
        <dd>{email}</dd>
        <dt>{t('people.role')}</dt>
        <dd>{t(`role.${role}`)}</dd>
        <dt>{t('people.since')}</dt>
        <dd>
          <Time at={created} style="date" />
        </dd>
      </dl>
    </section>
  )
}

function Has({ user, held }: { user: User; held: Query<Holdings> }) {
  // Undefined: closed; empty: all; otherwise one booking.
  const handing = useSignal<string | undefined>(undefined)
  return (
    <section class="card">
      <h2>{t('leaving.has')}</h2>
      <Loaded query={held}>
        {(found) => (
          <>
            <HoldingsFacts held={found} />
            <div class="cluster">
              {hasSome(found) && (
                <button type="button" onClick={() => (handing.value = '')}>
                  {t('leaving.hand_over')}
                </button>
              )}
              <ReleaseBookings id={user.id} held={found} done={() => void held.reload()} />
            </div>
            <Next held={found} handOver={(id) => (handing.value = id)} />
            {handing.value !== undefined && (
              <HandOverDialog
                user={user}
                held={found}
                booking={handing.value || undefined}
                close={() => (handing.value = undefined)}
                done={() => void held.reload()}
              />
            )}
          </>
        )}
      </Loaded>
    </section>
  )
}

function Next({ held, handOver }: { held: Holdings; handOver: (id: string) => void }) {
  const next = listNext(held)
  if (next.length === 0) return null
  return (
    <>
      <h3>{t('leaving.next')}</h3>
      <ul class="rows">
        {next.map(({ id, name, ...span }) => (
          <li key={id}>
            <span class="grow">
              <b>{name}</b>
              <br />
              {describeSpan(span)}
            </span>
            <button type="button" class="small" onClick={() => handOver(id)}>
              {t('leaving.hand_over')}
              <span class="visually-hidden">{name}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Of both kinds, by start. */
function listNext({ bookings, booked }: Holdings) {
  const { next = [], resources = [] } = bookings ?? {}
  const names = new Map(resources.map(({ resource_id, name }) => [resource_id, name]))
  const allocated = next.map(({ id, resource_id, resource_type, from_datetime, to_datetime }) => {
    return { id, name: names.get(resource_id) ?? resource_type, from_datetime, to_datetime }
  })
  const ruled = (booked?.next ?? []).map(({ id, title, from, to }) => {
    return { id, name: title, from_datetime: from, to_datetime: to }
  })
  const startOf = ({ from_datetime }: { from_datetime: string | null }) =>
    from_datetime === null ? -Infinity : Date.parse(from_datetime)
  return [...allocated, ...ruled].toSorted((a, b) => startOf(a) - startOf(b))
}

function hasSome(held: Holdings): boolean {
  return countAhead(held) + (held.files?.count ?? 0) > 0
}

export const load = () => withTexts(AccountPage, leavingTexts)

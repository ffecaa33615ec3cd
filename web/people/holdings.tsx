import type { Holdings } from '../../shared/schemas/leaving.ts'
import { formatBytes, formatNumber, plural, t } from '../i18n.ts'

/** An account's things, as far as known. */
export function HoldingsFacts({ held }: { held: Holdings }) {
  const { bookings, booked, files, api_keys, groups, invitations } = held
  return (
    <dl class="facts">
      <dt>{t('leaving.bookings')}</dt>
      <dd>
        {bookings && booked ? (
          <Bookings bookings={bookings} booked={booked} />
        ) : (
          t('leaving.unknown')
        )}
      </dd>
      <dt>{t('leaving.waiting')}</dt>
      <dd>{bookings ? formatNumber(bookings.waiting) : t('leaving.unknown')}</dd>
      <dt>{t('page.files')}</dt>
      <dd>{files ? describeFiles(files) : t('leaving.unknown')}</dd>
      <dt>{t('keys.title')}</dt>
      <dd>{formatNumber(api_keys)}</dd>
      {groups.length > 0 && (
        <>
          <dt>{t('leaving.manages')}</dt>
          <dd>
            {groups.map(({ id, name }) => (
              <div key={id}>
                <a href={`/people/groups/${id}`}>{name}</a>
              </div>
            ))}
          </dd>
        </>
      )}
      {invitations > 0 && (
        <>
          <dt>{t('leaving.invitations')}</dt>
          <dd>{formatNumber(invitations)}</dd>
        </>
      )}
    </dl>
  )
}

interface BookingsProps {
  bookings: NonNullable<Holdings['bookings']>
  booked: NonNullable<Holdings['booked']>
}

function Bookings({ bookings: { count, held, resources }, booked }: BookingsProps) {
  return (
    <>
      {formatNumber(count + booked.count)}
      {booked.requested > 0 && `, ${plural('leaving.requested', booked.requested)}`}
      {booked.out > 0 && `, ${plural('leaving.out', booked.out)}`}
      {held > 0 && `, ${plural('leaving.held', held)}`}
      {resources.map(({ resource_id, name, count: of }) => (
        <div key={resource_id} class="soft">
          {name}: {formatNumber(of)}
        </div>
      ))}
    </>
  )
}

function describeFiles({ count, bytes, uploads }: NonNullable<Holdings['files']>): string {
  const parts = [formatNumber(count), formatBytes(bytes)]
  if (uploads > 0) parts.push(plural('leaving.uploads', uploads))
  return parts.join(', ')
}

import { useSignal } from '@preact/signals'
import type { Utilisation, UtilisationRow } from '../../shared/schemas/utilisation.ts'
import { nameType } from '../bookings/type-name.ts'
import { formatNumber, t, withTexts } from '../i18n.ts'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { formatDays } from '../time.ts'
import { Segments } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { exportBookings, exportUsage, kinds, periods, readUsage, windowOf } from './usage.ts'
import { manageTexts } from './texts.ts'

/** How much was used, as bars and as a table. */
function UsagePage() {
  const by = kinds.find((one) => one === readQuery('by')) ?? 'type'
  const period = periods.find((one) => one === readQuery('period')) ?? 'this_month'
  const window = windowOf(period)
  const usage = useQuery(`${by} ${period}`, () => readUsage(by, window))
  return (
    <>
      <div class="toolbar">
        <Segments
          label={t('usage.by')}
          value={by}
          change={(wanted) => setQuery({ by: wanted })}
          options={kinds.map((value) => ({ value, label: t(`usage.by_${value}`) }))}
        />
        <select
          aria-label={t('usage.period')}
          value={period}
          onChange={(event) => setQuery({ period: event.currentTarget.value })}
        >
          {periods.map((value) => (
            <option key={value} value={value}>
              {t(`usage.${value}`)}
            </option>
          ))}
        </select>
        <span class="soft">{formatDays(window.from, new Date(window.to.getTime() - 1))}</span>
        <div class="cluster push">
          <button type="button" onClick={() => void exportUsage(by, window).catch(notifyError)}>
            <Icon name="download" />
            {t('usage.export')}
          </button>
          <button type="button" onClick={() => void exportBookings(window).catch(notifyError)}>
            <Icon name="download" />
            {t('usage.log')}
          </button>
        </div>
      </div>
      <Loaded query={usage}>
        {(found) =>
          found.rows.length === 0 ? (
            <Empty icon="bookings" title={t('usage.none')} />
          ) : (
            <>
              <Sums rows={found.rows} />
              <Chart usage={found} />
              <Table usage={found} />
            </>
          )
        }
      </Loaded>
    </>
  )
}

function Sums({ rows }: { rows: UtilisationRow[] }) {
  const sum = (name: 'booked_hours' | 'used_hours' | 'no_shows' | 'refused' | 'capacity_hours') =>
    rows.reduce((total, row) => total + (row[name] ?? 0), 0)
  const capacity = sum('capacity_hours')
  return (
    <dl class="figures">
      <div>
        <dt>{t('usage.booked')}</dt>
        <dd>{formatHours(sum('booked_hours'))}</dd>
      </div>
      {capacity > 0 && (
        <div>
          <dt>{t('usage.of_capacity')}</dt>
          <dd>{formatShare(sum('booked_hours') / capacity)}</dd>
        </div>
      )}
      <div>
        <dt>{t('usage.no_shows')}</dt>
        <dd>{formatNumber(sum('no_shows'))}</dd>
      </div>
      <div>
        <dt>{t('usage.refused')}</dt>
        <dd>{formatNumber(sum('refused'))}</dd>
      </div>
    </dl>
  )
}

// More bars would be unreadable; the table has all.
const barsMax = 20

/** The table at a glance; screen readers use the table. */
function Chart({ usage: { by, rows } }: { usage: Utilisation }) {
  const whole = (row: UtilisationRow) => Math.max(row.capacity_hours ?? 0, row.booked_hours)
  const most = Math.max(1, ...rows.map(whole))
  return (
    <figure class="card usage" aria-hidden="true">
      <ul>
        {rows.slice(0, barsMax).map((row) => {
          // Resources are measured by their opening hours, people by each other.
          const of = row.capacity_hours ? whole(row) : most
          const used = Math.min(row.used_hours, row.booked_hours)
          const width = (hours: number) => ({ width: `${(hours / of) * 100}%` })
          return (
            <li key={row.key}>
              <span class="what">{nameRow(by, row)}</span>
              <span class="usage-bar">
                <i class="used" style={width(used)} />
                <i class="booked" style={width(row.booked_hours - used)} />
              </span>
              <span class="number">
                {row.capacity_hours
                  ? formatShare(row.booked_hours / of)
                  : formatHours(row.booked_hours)}
              </span>
            </li>
          )
        })}
      </ul>
      <figcaption class="legend">
        <i class="swatch used" /> {t('usage.handed_out')}
        <i class="swatch booked" /> {t('usage.only_booked')}
        <i class="swatch idle" /> {t('usage.idle')}
      </figcaption>
    </figure>
  )
}

// A longer table is slow to build; the file has everything.
const rowsAtOnce = 50

function Table({ usage: { by, rows, left_out } }: { usage: Utilisation }) {
  const shown = useSignal(rowsAtOnce)
  const cell = (value: number | null, format: (value: number) => string) =>
    value === null ? '' : format(value)
  return (
    <>
      <div class="table" tabIndex={0} role="region" aria-label={t('usage.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t(`usage.by_${by}`)}</th>
              {columns.map(({ label }) => (
                <th key={label} scope="col" class="number">
                  {t(label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown.value).map((row) => (
              <tr key={row.key}>
                <th scope="row">{nameRow(by, row)}</th>
                {columns.map(({ label, name, format }) => (
                  <td key={label} class="number">
                    {cell(row[name], format)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown.value && (
        <button type="button" onClick={() => (shown.value += rowsAtOnce)}>
          {t('action.more')}
        </button>
      )}
      {left_out > 0 && <p class="soft">{t('usage.left_out', { count: left_out })}</p>}
    </>
  )
}

const columns = [
  { label: 'usage.bookings', name: 'bookings', format: formatCount },
  { label: 'usage.booked', name: 'booked_hours', format: formatHours },
  { label: 'usage.handed_out', name: 'used_hours', format: formatHours },
  { label: 'usage.idle', name: 'idle_hours', format: formatHours },
  { label: 'usage.no_shows', name: 'no_shows', format: formatCount },
  { label: 'usage.refused', name: 'refused', format: formatCount },
] as const

function nameRow(by: Utilisation['by'], { key, name }: UtilisationRow): string {
  if (by === 'type' && key) return nameType({ name: key, plural: name ?? key })
  if (by === 'person' && key) return name ?? nameOf(key)
  return name ?? key ?? t('usage.no_group')
}

function formatCount(value: number): string {
  return formatNumber(value)
}

function formatHours(hours: number): string {
  const options = { style: 'unit', unit: 'hour', unitDisplay: 'short' } as const
  return formatNumber(hours, { ...options, maximumFractionDigits: hours < 10 ? 1 : 0 })
}

function formatShare(part: number): string {
  return formatNumber(part, { style: 'percent', maximumFractionDigits: 0 })
}

export { exportBookings }
export const load = () => withTexts(UsagePage, manageTexts)

import { formatNumber, plural, t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'

interface AverageProps {
  average: number | null
  count: number
}

/** The average rating, of ten. */
export function Average({ average, count }: AverageProps) {
  if (average === null) return <span class="soft">{t('books.unrated')}</span>
  const value = formatNumber(average, { minimumFractionDigits: 1, maximumFractionDigits: 2 })
  return (
    <span class="average">
      <Icon name="star" />
      <b>{value}</b>
      <span class="visually-hidden">{t('books.of_ten')}</span>
      <span class="soft">{plural('books.ratings', count)}</span>
    </span>
  )
}

const values = Array.from({ length: 10 }, (_, at) => at + 1)

interface RateProps {
  value: number | undefined
  rate: (value: number) => void
}

/** Ten stars to choose from: by pointer, or with the arrow keys. */
export function Rate({ value, rate }: RateProps) {
  return (
    <fieldset class="stars">
      <legend>{t('books.your_rating')}</legend>
      {values.map((one) => (
        <label key={one} class={one <= (value ?? 0) ? 'lit' : ''} title={String(one)}>
          <input
            class="visually-hidden"
            type="radio"
            name="rating"
            checked={one === value}
            onChange={() => rate(one)}
          />
          <Icon name="star" />
          <span class="visually-hidden">{t('books.rate_value', { value: one })}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** How many gave each value. */
export function Histogram({ counts }: { counts: Record<string, number> }) {
  const most = Math.max(1, ...Object.values(counts))
  return (
    <table class="histogram">
      <caption class="visually-hidden">{t('books.histogram')}</caption>
      <tbody>
        {values.toReversed().map((value) => {
          const count = counts[value] ?? 0
          return (
            <tr key={value}>
              <th scope="row" class="number">
                {value}
              </th>
              <td>
                <meter
                  min={0}
                  max={most}
                  value={count}
                  aria-label={plural('books.ratings', count)}
                />
              </td>
              <td class="number">{formatNumber(count)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

import type { ComponentChildren } from 'preact'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { nameType } from '../bookings/type-name.ts'
import { plural, t } from '../i18n.ts'
import { Photo, usePhotos } from '../photo/photo.tsx'
import type { TimeSpan } from '../bookings/inventory.ts'
import { Elsewhere } from '../ui/elsewhere.tsx'
import { Icon } from '../ui/icon.tsx'
import { describeProperties } from './filters.tsx'

interface FreeOnesProps {
  resources: Resource[]
  type: ResourceType
  span: TimeSpan
  bookAny: () => void
  book: (resource: Resource) => void
}

/** Free resources: any of them, or a specific one. */
export function FreeOnes({ resources, type, span, bookAny, book }: FreeOnesProps) {
  const photos = usePhotos(resources)
  return (
    <>
      <p class="soft" aria-live="polite">
        {plural('find.found', resources.length)}
      </p>
      {resources.length > 0 && (
        <ul class="rows">
          {resources.length > 1 && (
            <Row name={t('book.any', { types: nameType(type) })} text="" book={bookAny} isMain />
          )}
          {resources.map((resource) => (
            <Row
              key={resource.id}
              name={resource.name}
              text={describeProperties(resource, type)}
              elsewhere={<Elsewhere span={span} zones={[resource.time_zone]} />}
              book={() => book(resource)}
            >
              <Photo of={resource} photos={photos} small />
            </Row>
          ))}
        </ul>
      )}
    </>
  )
}

interface RowProps {
  name: string
  text: string
  book: () => void
  isMain?: boolean
  elsewhere?: ComponentChildren
  children?: ComponentChildren
}

function Row({ name, text, book, isMain = false, elsewhere, children }: RowProps) {
  return (
    <li>
      <button type="button" class="row" onClick={book}>
        {children}
        <span class="grow">
          <b>{name}</b>
          {text && (
            <>
              <br />
              <span class="soft">{text}</span>
            </>
          )}
          {elsewhere}
        </span>
        <span class={`button small ${isMain ? 'primary' : ''}`}>
          <Icon name="check" />
          {t('booking.book')}
        </span>
      </button>
    </li>
  )
}

import { t } from '../i18n.ts'
import { PhotoButton } from '../photo/photo-button.tsx'
import { Photo, usePhotos } from '../photo/photo.tsx'
import { Empty } from '../ui/state.tsx'
import type { StepProps } from './setup-page.tsx'

// As many as there are links for at once; the others have their pages.
const shownMax = 100

/** What each of them looks like, for who chooses one on a phone. */
export function PhotoStep({ own, changed, next }: StepProps) {
  const shown = own.slice(0, shownMax)
  const photos = usePhotos(shown)
  const isBegun = own.some(({ photo }) => photo)
  return (
    <>
      <p class="soft">{t('setup.photos_text')}</p>
      {own.length === 0 && <Empty icon="bookings" title={t('setup.photos_none')} />}
      <ul class="rows">
        {shown.map((resource) => (
          <li key={resource.id}>
            <Photo of={resource} photos={photos} small />
            <b class="grow">{resource.name}</b>
            <PhotoButton resource={resource} done={() => void changed()} isNamed />
          </li>
        ))}
      </ul>
      <footer class="actions">
        <button type="button" class={isBegun ? 'primary' : ''} onClick={() => next()}>
          {t(isBegun ? 'setup.on' : 'setup.skip')}
        </button>
      </footer>
    </>
  )
}

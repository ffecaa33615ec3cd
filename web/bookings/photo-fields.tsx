import { useId } from 'preact/hooks'
import { t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'
import type { Photo, PhotoUploads } from './photo-uploads.ts'

/** Photos by the camera, or chosen, with their progress. */
export function PhotoFields({ uploads }: { uploads: PhotoUploads }) {
  const { photos, add, remove, resume } = uploads
  const isCut = photos.some(({ state }) => state === 'failed')
  return (
    <div class="field">
      <Picker label={t('handover.camera')} add={add} camera />
      <Picker label={t('handover.photos')} add={add} />
      {photos.length > 0 && (
        <ul class="rows">
          {photos.map((photo) => (
            <Row key={photo.id} photo={photo} remove={() => remove(photo.id)} />
          ))}
        </ul>
      )}
      {isCut && (
        <p class="notice warn" role="status">
          {t('error.unreachable')}
          <button type="button" class="small" onClick={resume}>
            {t('state.retry')}
          </button>
        </p>
      )}
    </div>
  )
}

interface PickerProps {
  label: string
  add: PhotoUploads['add']
  camera?: boolean
}

function Picker({ label, add, camera = false }: PickerProps) {
  const id = useId()
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        accept="image/*"
        {...(camera ? { capture: 'environment' as const } : { multiple: true })}
        onChange={({ currentTarget }) => {
          add(currentTarget.files ?? [])
          // Choosing the same file again is another photo of the same name.
          currentTarget.value = ''
        }}
      />
    </>
  )
}

function Row({ photo, remove }: { photo: Photo; remove: () => void }) {
  const { name, state, sent } = photo
  return (
    <li>
      <div class="grow">
        {name}
        <progress value={sent} aria-label={t('files.progress', { name })} />
      </div>
      {state === 'done' && <Icon name="check" />}
      <button type="button" class="square quiet" onClick={remove}>
        <Icon name="close" />
        <span class="visually-hidden">{t('files.discard', { name })}</span>
      </button>
    </li>
  )
}

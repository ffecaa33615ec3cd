import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'
import { addFiles } from './uploads.ts'

/** Where files are dropped; a click or Enter opens a file dialog instead. */
export function DropZone() {
  const id = useId()
  const over = useSignal(false)
  const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  return (
    <div
      class={`drop ${over.value ? 'over' : ''}`}
      onDragOver={(event) => {
        if (!isFiles(event)) return
        event.preventDefault()
        over.value = true
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault()
        over.value = false
        addFiles(event.dataTransfer?.files ?? [])
      }}
    >
      <Icon name="upload" />
      <p>
        <label class="button" for={id}>
          {t('files.choose')}
        </label>{' '}
        {t('files.drop')}
      </p>
      <input
        class="visually-hidden"
        id={id}
        type="file"
        multiple
        onChange={({ currentTarget }) => {
          addFiles(currentTarget.files ?? [])
          currentTarget.value = ''
        }}
      />
    </div>
  )
}

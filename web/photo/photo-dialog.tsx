import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { FileRecord } from '../../shared/schemas/file.ts'
import type { Resource } from '../../shared/schemas/resource.ts'
import { requireOk } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { shrinkPhoto } from '../bookings/shrink-photo.ts'
import { t, withTexts } from '../i18n.ts'
import { campus } from '../campus.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Form, useForm } from '../ui/form.tsx'
import { photoTexts } from './texts.ts'

// Enough for a page, and small in a list.
const small = { longest_px: 640, quality: 0.8 }

interface PhotoDialogProps {
  resource: Resource
  close: () => void
  done: () => void
}

/** Sets or removes the photo of a resource. */
function PhotoDialog({ resource, close, done }: PhotoDialogProps) {
  const id = useId()
  const chosen = useSignal<File | undefined>(undefined)
  const end = () => {
    close()
    done()
  }
  const form = useForm(async () => {
    if (chosen.value) await sendPhoto(resource, await shrinkPhoto(chosen.value, small))
    end()
  })
  const removal = useForm(async () => {
    await setPhoto(resource, null)
    end()
  })
  return (
    <Dialog title={t('photo.of', { name: resource.name })} close={close}>
      <Form
        form={{ ...form, error: form.error ?? removal.error }}
        label={t('action.save')}
        cancel={close}
        more={
          resource.photo && (
            <button type="button" class="danger" aria-busy={removal.busy} onClick={removal.submit}>
              {t('photo.remove')}
            </button>
          )
        }
      >
        <div class="field">
          <label for={id}>{t('photo.choose')}</label>
          <input
            id={id}
            type="file"
            accept="image/*"
            required
            onChange={({ currentTarget }) => (chosen.value = currentTarget.files?.[0])}
          />
          <small class="hint">{t('photo.text')}</small>
        </div>
      </Form>
    </Dialog>
  )
}

function setPhoto({ id }: Resource, photo: string | null): Promise<Resource> {
  return ask(api.inventory.resources({ id }).photo.put({ photo }))
}

async function removeFile(file_hash: string): Promise<void> {
  await ask(api.files.files({ file_hash }).delete(undefined, { query: {} }))
}

/** Uploaded as the user's file, which they need not keep. */
async function sendPhoto(resource: Resource, file: File): Promise<void> {
  const path = `/api/files?file_name=${encodeURIComponent(file.name)}`
  const sent = await requireOk(await campus.fetch(path, { method: 'POST', body: file }))
  const { file_hash } = (await sent.json()) as FileRecord
  try {
    await setPhoto(resource, file_hash)
  } finally {
    // A file they had before stays theirs.
    if (sent.status === 201) await removeFile(file_hash).catch(() => {})
  }
}

export const load = () => withTexts(PhotoDialog, photoTexts)

import { useSignal } from '@preact/signals'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { save } from '../download.ts'
import { formatBytes, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { Time } from '../ui/time.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Preview } from './preview.tsx'
import { ShareDialog } from './share-dialog.tsx'
import { createLink, readFile, removeFile, renameFile } from './store.ts'

// Long enough for the browser to begin.
const downloadLink_s = 60

/** One file: what it looks like, and what can be done with it. */
export function FilePage({ hash }: { hash: string }) {
  const file = useQuery(hash, () => readFile(hash))
  return (
    <Loaded query={file}>
      {(found) => (
        <>
          <header class="page-head">
            <div>
              <a href="/files">{t('page.files')}</a>
              <h1>{found.file_name}</h1>
              <p>
                {found.file_type}, {formatBytes(found.size)}, <Time at={found.created} />
              </p>
            </div>
            <Actions file={found} changed={() => void file.reload()} />
          </header>
          <Preview file={found} />
        </>
      )}
    </Loaded>
  )
}

interface ActionsProps {
  file: FileRecord
  changed: () => void
}

function Actions({ file, changed }: ActionsProps) {
  const open = useSignal<'rename' | 'share' | 'remove' | undefined>(undefined)
  const close = () => (open.value = undefined)
  // By a link, so that the browser streams it to the disk however large it is.
  const download = async () => {
    await createLink(file, downloadLink_s).then((url) => save(url, file.file_name), notifyError)
  }
  const remove = async () => {
    try {
      await removeFile(file)
      notify(t('files.removed', { name: file.file_name }))
      navigate('/files', { replace: true })
    } catch (error) {
      notifyError(error)
    }
  }
  return (
    <div class="cluster">
      <button type="button" class="primary" onClick={() => void download()}>
        <Icon name="download" />
        {t('files.download')}
      </button>
      <button type="button" onClick={() => (open.value = 'share')}>
        <Icon name="link" />
        {t('files.share')}
      </button>
      <button type="button" onClick={() => (open.value = 'rename')}>
        <Icon name="pencil" />
        {t('files.rename')}
      </button>
      <button type="button" class="danger" onClick={() => (open.value = 'remove')}>
        {t('action.remove')}
      </button>
      {open.value === 'share' && <ShareDialog file={file} close={close} />}
      {open.value === 'rename' && <Rename {...{ file, changed, close }} />}
      {open.value === 'remove' && (
        <Confirm
          title={t('files.remove_title', { name: file.file_name })}
          text={t('files.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </div>
  )
}

function Rename({ file, changed, close }: ActionsProps & { close: () => void }) {
  const name = useSignal(file.file_name)
  const form = useForm(async () => {
    await renameFile(file, name.value)
    close()
    changed()
  })
  return (
    <Dialog title={t('files.rename')} close={close}>
      <Form form={form} label={t('action.save')} cancel={close}>
        <Field
          label={t('files.name')}
          value={name.value}
          change={(value) => (name.value = value)}
          maxLength={255}
          required
          autofocus
        />
      </Form>
    </Dialog>
  )
}

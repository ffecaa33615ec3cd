import { useSignal } from '@preact/signals'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { save } from '../download.ts'
import { formatBytes, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { nameOf } from '../people/names.ts'
import { navigate } from '../router.ts'
import { user } from '../session/session.ts'
import { Time } from '../ui/time.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { NameDialog } from '../ui/name-dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { Preview } from './preview.tsx'
import { ShareDialog } from './share-dialog.tsx'
import { createLink, readFile, readName, removeFile, renameFile } from './store.ts'

// Long enough for the browser to begin.
const downloadLink_s = 60

/** One file: its preview and actions. */
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
                {found.owner !== user.value?.id &&
                  ` ${t('files.of', { name: nameOf(found.owner) })}`}
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
  // By a link, so that the browser streams it to disk, whatever its size.
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
      {open.value === 'rename' && (
        <NameDialog
          title={t('files.rename')}
          field={t('files.name')}
          name={file.file_name}
          maxLength={255}
          read={() => readName(file)}
          send={(wanted, tagged) => renameFile(file, wanted, tagged)}
          close={close}
          done={changed}
        />
      )}
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

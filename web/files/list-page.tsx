import { useEffect } from 'preact/hooks'
import type { FileRecord, FileUsage } from '../../shared/schemas/file.ts'
import { formatBytes, t } from '../i18n.ts'
import { useList } from '../list.ts'
import { useQuery } from '../query.ts'
import { nameOf } from '../people/names.ts'
import { readQuery } from '../router.ts'
import { user } from '../session/session.ts'
import { Time } from '../ui/time.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { Search } from '../ui/search.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { DropZone } from './drop-zone.tsx'
import { listFiles, readUsage } from './store.ts'
import { Transfers } from './transfers.tsx'
import { completed } from './uploads.ts'

/** The user's files, and uploads. */
export function ListPage() {
  const q = readQuery('q')
  const list = useList(q, (cursor) => listFiles(q, cursor))
  const usage = useQuery(`usage ${completed.value}`, readUsage)
  useEffect(() => {
    if (completed.value > 0) void list.reload()
  }, [completed.value])
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{t('page.files')}</h1>
          {usage.data.value && <Quota usage={usage.data.value} />}
        </div>
        <Search label={t('files.search')} />
      </header>
      <DropZone />
      <Transfers />
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="files" title={t(q ? 'files.none_found' : 'files.none')} />
          ) : (
            <ul class="rows">
              {list.items.value.map((file) => (
                <Row key={file.file_hash + file.owner} file={file} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
    </>
  )
}

function Quota({ usage: { used_bytes, quota_bytes } }: { usage: FileUsage }) {
  const sizes = { used: formatBytes(used_bytes), quota: formatBytes(quota_bytes) }
  return (
    <p class="quota">
      <meter
        min={0}
        max={quota_bytes}
        high={quota_bytes * 0.9}
        value={used_bytes}
        aria-label={t('files.quota')}
      />
      {t('files.used', sizes)}
    </p>
  )
}

function Row({ file }: { file: FileRecord }) {
  const { file_hash, file_name, file_type, size, created, owner } = file
  const name = nameOf(owner)
  return (
    <li>
      <Icon name="files" />
      <div class="grow">
        <a class="title" href={`/files/${file_hash}`}>
          {file_name}
        </a>
        <br />
        <span class="soft">
          {file_type}, <Time at={created} />
          {owner !== user.value?.id && name && ` ${t('files.of', { name })}`}
        </span>
      </div>
      <span class="soft number">{formatBytes(size)}</span>
    </li>
  )
}

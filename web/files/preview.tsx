import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { FileRecord } from '../../shared/schemas/file.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Loaded } from '../ui/state.tsx'
import { readContent } from './store.ts'

// Types that browsers display as an image without running anything; SVG is not among them.
const images = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
])
const imageMax_bytes = 20_000_000
// Enough to decide about a download.
const textMax_bytes = 64 * 1024

/** A picture, or the beginning of a text. */
export function Preview({ file }: { file: FileRecord }) {
  const { file_type, size } = file
  if (size === 0) return <p class="soft">{t('files.empty')}</p>
  if (images.has(file_type) && size <= imageMax_bytes) return <Picture file={file} />
  if (/^text\/|^application\/(?:json|xml|yaml)$/.test(file_type)) return <Text file={file} />
  return <p class="soft">{t('files.no_preview')}</p>
}

function Picture({ file }: { file: FileRecord }) {
  const url = useSignal('')
  const content = useQuery(file.file_hash, () => readContent(file, imageMax_bytes))
  const blob = content.data.value
  useEffect(() => {
    if (!blob) return
    const made = URL.createObjectURL(blob)
    url.value = made
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return (
    <Loaded query={content}>
      {() => url.value && <img class="preview" src={url.value} alt={file.file_name} />}
    </Loaded>
  )
}

function Text({ file }: { file: FileRecord }) {
  const text = useQuery(file.file_hash, async () => (await readContent(file, textMax_bytes)).text())
  return (
    <Loaded query={text}>
      {(found) => (
        <>
          {/* To be scrolled by keyboard it must be reachable by it. */}
          <pre class="preview" tabIndex={0} aria-label={file.file_name}>
            {found}
          </pre>
          {file.size > textMax_bytes && <p class="soft">{t('files.cut')}</p>}
        </>
      )}
    </Loaded>
  )
}

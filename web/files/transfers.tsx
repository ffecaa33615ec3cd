import { formatBytes, t } from '../i18n.ts'
import { Icon } from '../ui/icon.tsx'
import { discard, pause, resume, transfers, type Transfer } from './uploads.ts'

/** Current uploads with their progress. */
export function Transfers() {
  if (transfers.value.length === 0) return null
  return (
    <section class="stack">
      <h2>{t('files.uploads')}</h2>
      <ul class="rows">
        {transfers.value.map((transfer) => (
          <Row key={transfer.id} transfer={transfer} />
        ))}
      </ul>
    </section>
  )
}

function Row({ transfer }: { transfer: Transfer }) {
  const { id, name, size, sent, state, error } = transfer
  const sizes = `${formatBytes(sent)} / ${formatBytes(size)}`
  return (
    <li>
      <div class="grow">
        <b>{name}</b>
        <progress
          value={size === 0 ? Number(state === 'done') : sent / size}
          aria-label={t('files.progress', { name })}
        />
        <p class="soft" role="status">
          {error || `${t(`transfer.${state}`)}, ${sizes}`}
        </p>
      </div>
      {state === 'sending' && (
        <Action icon="pause" label={t('files.pause', { name })} run={() => pause(id)} />
      )}
      {(state === 'paused' || state === 'failed') && (
        <Action icon="play" label={t('files.resume', { name })} run={() => resume(id)} />
      )}
      <Action icon="close" label={t('files.discard', { name })} run={() => discard(id)} />
    </li>
  )
}

interface ActionProps {
  icon: 'pause' | 'play' | 'close'
  label: string
  run: () => void
}

function Action({ icon, label, run }: ActionProps) {
  return (
    <button type="button" class="square quiet" title={label} onClick={run}>
      <Icon name={icon} />
      <span class="visually-hidden">{label}</span>
    </button>
  )
}

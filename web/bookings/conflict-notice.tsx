import { t } from '../i18n.ts'
import { formatTime } from '../time.ts'
import type { Conflict } from './conflict.ts'
import type { TimeSpan } from './inventory.ts'

interface ConflictNoticeProps {
  conflict: Conflict
  take: (span: TimeSpan) => void
  /** Absent if it cannot be another. */
  takePeer?: (id: string) => void
  /** Absent if waiting is not possible: for a move, or without an end. */
  wait?: () => void
}

/** Why a time is not available, and ways out. */
export function ConflictNotice({
  conflict: { text, suggestion, peers },
  take,
  takePeer,
  wait,
}: ConflictNoticeProps) {
  return (
    <div class="notice failure" role="alert">
      <p>{text()}</p>
      {suggestion && (
        <button type="button" onClick={() => take(suggestion)}>
          {t('conflict.take', { from: formatTime(suggestion.from) })}
        </button>
      )}
      {takePeer &&
        peers.map(({ id, name }) => (
          <button key={id} type="button" onClick={() => takePeer(id)}>
            {t('conflict.peer', { name })}
          </button>
        ))}
      {wait && (
        <button type="button" onClick={wait}>
          {t('wait.join')}
        </button>
      )}
    </div>
  )
}

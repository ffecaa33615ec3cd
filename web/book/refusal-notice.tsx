import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { TimeSpan } from '../bookings/inventory.ts'
import type { Refusal } from '../bookings/refusal.ts'
import { t } from '../i18n.ts'
import { describeWhen } from './span-words.ts'

interface RefusalNoticeProps {
  refusal: Refusal
  /** Books the nearest time instead. */
  take: (span: TimeSpan) => void
  /** Books another resource instead. */
  takePeer?: (id: string) => void
  /** Other ways out. */
  children?: ComponentChildren
}

/** Why it was refused, with alternatives by one tap. */
export function RefusalNotice({ refusal, take, takePeer, children }: RefusalNoticeProps) {
  const { reasons, nearest, peers } = refusal
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => element.current?.scrollIntoView({ block: 'nearest' }), [refusal])
  return (
    <div class="notice failure stack" role="alert" ref={element}>
      {reasons().map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      <div class="cluster">
        {nearest && (
          <button type="button" onClick={() => take(nearest)}>
            {t('book.take', { when: describeWhen(nearest) })}
          </button>
        )}
        {takePeer &&
          peers.map(({ id, name }) => (
            <button key={id} type="button" onClick={() => takePeer(id)}>
              {t('book.take', { when: name })}
            </button>
          ))}
        {children}
      </div>
    </div>
  )
}

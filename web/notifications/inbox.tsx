import { useEffect } from 'preact/hooks'
import type { Notification } from '../../shared/schemas/notification.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notifyError } from '../ui/toast.tsx'
import { listNotifications, markAllRead, markRead } from './notifications.ts'
import { unread } from './unread.ts'
import { describe } from './words.ts'

/** The user's notifications, newest first; each leads to its subject. */
export function InboxPage() {
  const list = useList('notifications', listNotifications)
  const items = list.items.value
  const [newest] = items
  // Includes those that arrive while it is open.
  const count = unread.value
  const shown = items.filter(({ read }) => read === null).length
  const isShown = list.more === undefined && count === shown
  useEffect(() => {
    if (list.first.data.value && count !== undefined && !isShown) void list.reload()
  }, [count])
  const readAll = async () => {
    if (!newest) return
    await markAllRead(newest.id).catch(notifyError)
    await list.reload()
  }
  return (
    <Loaded query={list.first}>
      {() =>
        items.length === 0 ? (
          <Empty icon="bell" title={t('notifications.none')}>
            <p>{t('notifications.none_text')}</p>
          </Empty>
        ) : (
          <>
            <div class="toolbar">
              <button
                type="button"
                class="push"
                disabled={items.every(({ read }) => read !== null)}
                onClick={() => void readAll()}
              >
                <Icon name="check" />
                {t('notifications.read_all')}
              </button>
            </div>
            <ul class="rows">
              {items.map((one) => (
                <Entry key={one.id} notification={one} />
              ))}
            </ul>
            <More load={list.more} />
          </>
        )
      }
    </Loaded>
  )
}

function Entry({ notification }: { notification: Notification }) {
  const { text, about, by, reason, href } = describe(notification)
  const isNew = notification.read === null
  const open = () => {
    if (isNew) void markRead(notification).catch(notifyError)
  }
  return (
    <li class={isNew ? 'is-new' : ''}>
      <div class="grow">
        <a href={href} onClick={open}>
          {isNew ? <b>{text}</b> : text}
        </a>{' '}
        {isNew && <span class="badge warn">{t('notifications.new')}</span>}{' '}
        <span class="soft">{by}</span>
        <br />
        {about}
        {reason && (
          <>
            <br />
            <span class="soft">{reason}</span>
          </>
        )}
      </div>
      <small class="soft">
        <Time at={notification.created} />
      </small>
    </li>
  )
}

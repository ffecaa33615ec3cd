import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { t } from '../i18n.ts'
import { Confirm } from './dialog.tsx'
import { Time } from './time.tsx'
import { notify, notifyError } from './toast.tsx'

interface RevocableRowProps {
  name: string
  badge?: ComponentChildren
  /** The label before its last use. */
  facts?: ComponentChildren
  lastUsed: string | null
  /** A note below. */
  children?: ComponentChildren
  revoke: () => Promise<unknown>
  /** Called after an attempt, successful or not. */
  reload: () => void
}

/** A row of a credential: its last use, and a way to revoke it. */
export function RevocableRow({ name, badge, facts, lastUsed, children, ...on }: RevocableRowProps) {
  const isRevoking = useSignal(false)
  const revoke = async () => {
    try {
      await on.revoke()
      notify(t('keys.revoked', { name }))
    } catch (error) {
      notifyError(error)
    }
    on.reload()
  }
  return (
    <li>
      <div class="grow">
        <b>{name}</b> {badge}
        <br />
        <span class="soft">
          {facts}
          {lastUsed ? (
            <>
              {t('keys.last_used')} <Time at={lastUsed} />
            </>
          ) : (
            t('keys.never_used')
          )}
        </span>
        {children}
      </div>
      <button type="button" class="small danger" onClick={() => (isRevoking.value = true)}>
        {t('keys.revoke')}
        <span class="visually-hidden">{name}</span>
      </button>
      {isRevoking.value && (
        <Confirm
          title={t('keys.revoke_title', { name })}
          text={t('keys.revoke_text')}
          label={t('keys.revoke')}
          confirm={() => void revoke()}
          close={() => (isRevoking.value = false)}
        />
      )}
    </li>
  )
}

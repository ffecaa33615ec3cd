import { useSignal } from '@preact/signals'
import type { CreatedDisplay, Display } from '../../shared/schemas/display.ts'
import { api, ask } from '../api.ts'
import { plural, t } from '../i18n.ts'
import { LinkBox } from '../people/link-box.tsx'
import { nameOf } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { DisplayDialog } from './display-dialog.tsx'

/** Screens that show what is free: made, with the address shown once, and revoked. */
export function DisplaysPage() {
  const list = useQuery('displays', () => ask(api.bookings.displays.get()))
  const isMaking = useSignal(false)
  const made = useSignal<CreatedDisplay | undefined>(undefined)
  return (
    <>
      <div class="page-head">
        <p class="soft">{t('displays.about')}</p>
        <button type="button" class="primary" onClick={() => (isMaking.value = true)}>
          <Icon name="plus" />
          {t('displays.new')}
        </button>
      </div>
      <Loaded query={list}>
        {(displays) =>
          displays.length === 0 ? (
            <Empty icon="bookings" title={t('displays.none')} />
          ) : (
            <ul class="rows">
              {displays.map((display) => (
                <Row key={display.id} display={display} reload={() => void list.reload()} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {isMaking.value && (
        <DisplayDialog
          close={() => (isMaking.value = false)}
          done={(display) => {
            isMaking.value = false
            made.value = display
            void list.reload()
          }}
        />
      )}
      {made.value && <Address display={made.value} close={() => (made.value = undefined)} />}
    </>
  )
}

function Row({ display, reload }: { display: Display; reload: () => void }) {
  const { id, name, type, resource_ids, with_names, created_by, last_read } = display
  const isRevoking = useSignal(false)
  const revoke = async () => {
    try {
      await ask(api.bookings.displays({ id }).delete())
      notify(t('keys.revoked', { name }))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  const count = resource_ids?.length ?? 0
  const facts = [
    type === null ? plural('displays.resources', count) : t('displays.every', { type }),
    with_names && t('displays.with_names'),
    nameOf(created_by),
  ]
  return (
    <li>
      <div class="grow">
        <b>{name}</b>
        <br />
        <span class="soft">
          {facts.filter(Boolean).join(' · ')} ·{' '}
          {last_read ? (
            <>
              {t('keys.last_used')} <Time at={last_read} />
            </>
          ) : (
            t('keys.never_used')
          )}
        </span>
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

/** The only time the address is seen. */
function Address({ display, close }: { display: CreatedDisplay; close: () => void }) {
  const link = new URL(display.url, location.origin).href
  return (
    <Dialog title={display.name} close={close}>
      <p>
        <a href={link} target="_blank" rel="noreferrer">
          {t('displays.open')}
        </a>
      </p>
      <LinkBox link={link} text={t('displays.shown_once')} close={close} />
    </Dialog>
  )
}

import { useSignal } from '@preact/signals'
import type { CreatedDisplay, Display } from '../../shared/schemas/display.ts'
import { api, ask } from '../api.ts'
import { plural, t, withTexts } from '../i18n.ts'
import { LinkBox } from '../people/link-box.tsx'
import { nameOf, removed } from '../people/names.ts'
import { useQuery } from '../query.ts'
import { formatTime } from '../time.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { RevocableRow } from '../ui/revocable-row.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { DisplayDialog } from './display-dialog.tsx'
import { displayTexts } from './texts.ts'

/** Screens that show what is free: created, with the address shown once, and revoked. */
function DisplaysPage() {
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
  const { id, name, type, resource_ids, with_names, created_by, last_read, withheld_since } =
    display
  const count = resource_ids?.length ?? 0
  const facts = [
    type === null ? plural('displays.resources', count) : t('displays.every', { type }),
    with_names && t('displays.with_names'),
    nameOf(created_by),
  ]
  return (
    <RevocableRow
      name={name}
      badge={withheld_since && <span class="badge warn">{t('displays.withheld')}</span>}
      facts={`${facts.filter(Boolean).join(' · ')} · `}
      lastUsed={last_read}
      revoke={() => ask(api.bookings.displays({ id }).delete())}
      reload={reload}
    >
      {withheld_since && <Withheld since={withheld_since} maker={created_by} />}
    </RevocableRow>
  )
}

/** Why a display shows less than was chosen, and what to do about it. */
function Withheld({ since, maker }: { since: string; maker: string }) {
  const name = nameOf(maker)
  return (
    <p class="notice warn">
      {t('displays.withheld_text', { name, since: formatTime(since) })}{' '}
      {t(maker === removed ? 'displays.withheld_anew' : 'displays.withheld_todo', { name })}
    </p>
  )
}

/** The only time the address is shown. */
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

export const load = () => withTexts(DisplaysPage, displayTexts)

import { useSignal } from '@preact/signals'
import type { Login } from '../../shared/schemas/user.ts'
import { api, ask } from '../api.ts'
import { t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Loaded } from '../ui/state.tsx'
import { Time } from '../ui/time.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { describeDevice } from './device.ts'
import { dropDrafts, leave } from './session.ts'

/** The user's logins, each with a way to end it, and a way to end all. */
export function Logins() {
  const list = useQuery('logins', () => ask(api.users.logins.get()))
  const ending = useSignal(false)
  const endAll = async () => {
    await ask(api.users.logins.delete())
    dropDrafts()
    leave()
  }
  return (
    <>
      <Loaded query={list}>
        {(logins) => (
          <ul class="rows">
            {logins.map((login) => (
              <Row key={login.id} login={login} reload={() => void list.reload()} />
            ))}
          </ul>
        )}
      </Loaded>
      <p>
        <button type="button" class="danger" onClick={() => (ending.value = true)}>
          {t('session.end_all')}
        </button>
      </p>
      {ending.value && (
        <Confirm
          title={t('session.end_all')}
          text={t('session.end_all_text')}
          label={t('session.end_all')}
          confirm={() => void endAll().catch(notifyError)}
          close={() => (ending.value = false)}
        />
      )}
    </>
  )
}

function Row({ login, reload }: { login: Login; reload: () => void }) {
  const { id, user_agent, address, last_used, current } = login
  const device = user_agent ? describeDevice(user_agent) : t('session.unknown_device')
  const end = async () => {
    try {
      await ask(api.users.logins({ id }).delete())
      notify(t('session.login_ended'))
    } catch (error) {
      notifyError(error)
    }
    reload()
  }
  return (
    <li>
      <div class="grow">
        <b title={user_agent ?? ''}>{device}</b>{' '}
        {current && <span class="badge accent">{t('session.this_device')}</span>}
        <br />
        <span class="soft">
          {address && `${address}, `}
          <Time at={last_used} />
        </span>
      </div>
      {!current && (
        <button type="button" class="small" onClick={() => void end()}>
          {t('session.end')}
          <span class="visually-hidden">{device}</span>
        </button>
      )}
    </li>
  )
}

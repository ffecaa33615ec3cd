import { useSignal } from '@preact/signals'
import { ProblemError } from '../../packages/client/src/problem.ts'
import { api, ask } from '../api.ts'
import { describeError } from '../error-text.ts'
import { t } from '../i18n.ts'
import { TextArea } from '../ui/form.tsx'
import { readAddresses } from './addresses.ts'

interface Sent {
  email: string
  /** To be passed on if no mail was sent. */
  link: string | null
  error?: string
}

// As many as anybody writes down at once.
const emailsMax = 50

/** Invites colleagues by address: a mail to each, or a link without mail. */
export function InviteStep() {
  const text = useSignal('')
  const busy = useSignal(false)
  const sent = useSignal<Sent[]>([])
  const emails = readAddresses(text.value).slice(0, emailsMax)
  const invite = async () => {
    if (busy.value) return
    busy.value = true
    const done: Sent[] = []
    for (const email of emails) done.push(await inviteOne(email))
    sent.value = [...sent.value.filter(({ email }) => !emails.includes(email)), ...done]
    text.value = done
      .filter(({ error }) => error !== undefined)
      .map(({ email }) => email)
      .join('\n')
    busy.value = false
  }
  return (
    <>
      <TextArea
        label={t('setup.emails')}
        value={text.value}
        change={(value) => (text.value = value)}
        rows={4}
      />
      {sent.value.length > 0 && (
        <ul class="rows" aria-live="polite">
          {sent.value.map(({ email, link, error }) => (
            <li key={email}>
              <b class="grow">{email}</b>
              {error ? <span class="badge bad">{error}</span> : <Result link={link} />}
            </li>
          ))}
        </ul>
      )}
      <footer class="actions">
        <a class="button" href="/bookings">
          {t('setup.finish')}
        </a>
        <button
          type="button"
          class="primary"
          disabled={emails.length === 0}
          aria-busy={busy.value}
          onClick={() => void invite()}
        >
          {t('setup.invite_all', { count: emails.length })}
        </button>
      </footer>
    </>
  )
}

function Result({ link }: { link: string | null }) {
  if (link === null) return <span class="badge good">{t('setup.mailed')}</span>
  return <input readonly aria-label={t('setup.link')} value={link} class="grow" />
}

async function inviteOne(email: string): Promise<Sent> {
  const role = 'member'
  try {
    const { link } = await ask(api.users.invitations.post({ email, role })).catch((error) => {
      // Without mail, a link can still be passed on.
      if (!isMailless(error)) throw error
      return ask(api.users.invitations.post({ role }))
    })
    return { email, link }
  } catch (error) {
    const isWrong = error instanceof ProblemError && error.code === 'invalid_input'
    const text = isWrong ? t('setup.no_address') : describeError(error)
    return { email, link: null, error: text }
  }
}

function isMailless(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'mail_not_set'
}

import { api, ask } from '../api.ts'
import { language, languages, t, withTexts, type MessageKey } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { readQuery, setQuery } from '../router.ts'
import { accountMails } from '../../shared/mail/account-mails.ts'
import { notificationKinds } from '../../shared/notification-kinds.ts'
import { Choice } from '../ui/form.tsx'
import { Loaded } from '../ui/state.tsx'
import { DefaultsForm } from './preferences.tsx'
import { notificationTexts } from './texts.ts'
import { nameKind } from './words.ts'

/** Mail previews and default preferences, for administrators. */
function MailsPage() {
  return (
    <>
      <header class="page-head">
        <h1>{t('mails.title')}</h1>
        <a class="button" href="/system">
          {t('page.system')}
        </a>
      </header>
      <Preview />
      <section class="stack">
        <h2>{t('mails.defaults')}</h2>
        <p class="soft">{t('mails.defaults_text')}</p>
        <DefaultsForm />
      </section>
    </>
  )
}

function Preview() {
  const name = readQuery('name', notificationKinds[0])
  const shown = readQuery('language', language.value) === 'de' ? 'de' : 'en'
  const { templates } = api.notifications.notifications
  const mail = useQuery(`mail ${name} ${shown}`, () =>
    ask(templates({ name }).get({ query: { language: shown } })),
  )
  const names = [
    ...notificationKinds.map((kind) => ({ value: kind, label: nameKind(kind) })),
    ...accountMails.map((kind) => ({
      value: `account.${kind}`,
      label: t(`account_mail.${kind}` as MessageKey),
    })),
    { value: 'digest', label: t('mails.digest') },
    { value: 'footer', label: t('mails.footer') },
  ]
  return (
    <section class="stack setup">
      <div class="pair">
        <Choice
          label={t('mails.which')}
          value={name}
          change={(value) => setQuery({ name: value })}
          options={names}
        />
        <Choice
          label={t('mails.language')}
          value={shown}
          change={(value) => setQuery({ language: value })}
          options={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        />
      </div>
      <Loaded query={mail}>
        {({ subject, text, own, faults }) => (
          <>
            {faults.length > 0 && (
              <div class="notice warn" role="status">
                <p>{t('mails.faults')}</p>
                <ul>
                  {faults.map((fault) => (
                    <li key={fault}>{fault}</li>
                  ))}
                </ul>
              </div>
            )}
            <article class="card stack" lang={shown} aria-label={t('mails.preview')}>
              {subject && <h2>{subject}</h2>}
              <p style="white-space: pre-wrap; overflow-wrap: anywhere">{text}</p>
            </article>
            <p class="soft">{own && faults.length === 0 ? t('mails.own') : t('mails.built_in')}</p>
          </>
        )}
      </Loaded>
    </section>
  )
}

export const load = () => withTexts(MailsPage, notificationTexts)

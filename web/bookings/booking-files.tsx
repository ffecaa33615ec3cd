import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { BookingFile } from '../../shared/schemas/booking-file.ts'
import { api, ask } from '../api.ts'
import { campus } from '../campus.ts'
import { t, withTexts, type Texts } from '../i18n.ts'
import en from '../locale/attachments/en.json'
import { once } from '../once.ts'
import { useQuery } from '../query.ts'
import { isAdmin, user } from '../session/session.ts'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'

const attachmentTexts: Texts = { en, de: () => import('../locale/attachments/de.json') }
const loadUpload = once(() => import('../files/upload.ts'))
const filesOf = (id: string) => api.bookings.bookings({ id }).files

/** Files of a booking, such as a contract, for everyone who may see it. */
function BookingFiles({ booking }: { booking: Booking }) {
  const { id } = booking
  const files = useQuery(`files of ${id}`, () => ask(filesOf(id).get()))
  const remove = async ({ file_hash }: BookingFile) => {
    await ask(filesOf(id)({ file_hash }).delete()).catch(notifyError)
    await files.reload()
  }
  return (
    <section class="stack">
      <h2>{t('attachments.title')}</h2>
      <Loaded query={files}>
        {(found) =>
          found.length === 0 ? (
            <p class="soft">{t('attachments.none')}</p>
          ) : (
            <ul class="rows">
              {found.map((file) => (
                <li key={file.file_hash}>
                  <a class="grow" href={file.url} target="_blank" rel="noopener">
                    {file.file_name}
                  </a>
                  {mayRemove(file, booking) && (
                    <button type="button" class="square quiet" onClick={() => void remove(file)}>
                      <Icon name="trash" />
                      <span class="visually-hidden">
                        {t('attachments.remove', { name: file.file_name })}
                      </span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <Adding id={id} done={files.reload} />
    </section>
  )
}

function Adding({ id, done }: { id: string; done: () => Promise<void> }) {
  const field = useId()
  const sent = useSignal<number | undefined>(undefined)
  const add = async (file: File | undefined) => {
    if (!file) return
    sent.value = 0
    try {
      const file_hash = await upload(file, (part) => (sent.value = part))
      await ask(filesOf(id)({ file_hash }).put({ file_name: file.name }))
      notify(t('attachments.added', { name: file.name }))
    } catch (error) {
      notifyError(error)
    }
    sent.value = undefined
    await done()
  }
  return (
    <div class="field">
      <label for={field}>{t('attachments.add')}</label>
      <input
        id={field}
        type="file"
        disabled={sent.value !== undefined}
        onChange={({ currentTarget }) => {
          void add(currentTarget.files?.[0])
          currentTarget.value = ''
        }}
      />
      {sent.value !== undefined && <progress value={sent.value} aria-labelledby={field} />}
    </div>
  )
}

async function upload(file: File, progress: (part: number) => void): Promise<string> {
  const login = campus.session.login()
  const { sendFile } = await loadUpload()
  return sendFile(file, { login, onProgress: (bytes) => progress(bytes / file.size) })
}

/** A viewer who is not involved must be a manager. */
function mayRemove({ added_by }: BookingFile, { booked_for, created_by }: Booking): boolean {
  const me = user.value?.id
  return isAdmin.value || added_by === me || (booked_for !== me && created_by !== me)
}

export const load = () => withTexts(BookingFiles, attachmentTexts)

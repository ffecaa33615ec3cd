import { useSignal } from '@preact/signals'
import type { BookWithRatings, Shelf } from '../../shared/schemas/book.ts'
import { formatNumber, locale, t } from '../i18n.ts'
import { useQuery } from '../query.ts'
import { navigate } from '../router.ts'
import { isAdmin, user } from '../session/session.ts'
import { toInputDate } from '../time.ts'
import { Confirm } from '../ui/dialog.tsx'
import { Choice, Field, Form, useForm } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Loaded } from '../ui/state.tsx'
import { notify, notifyError } from '../ui/toast.tsx'
import { BookDialog } from './book-dialog.tsx'
import * as library from './library.ts'
import { Average, Histogram, Rate } from './stars.tsx'

/** One book: its details, its ratings, and the user's own. */
export function BookPage({ id }: { id: string }) {
  const book = useQuery(id, () => library.readBook(id))
  return (
    <Loaded query={book}>
      {(found) => (
        <>
          <Head book={found} reload={() => void book.reload()} />
          <div class="columns">
            <Facts book={found} reload={() => void book.reload()} />
            <Opinions book={found} reload={() => void book.reload()} />
          </div>
        </>
      )}
    </Loaded>
  )
}

interface PartProps {
  book: BookWithRatings
  reload: () => void
}

function Head({ book, reload }: PartProps) {
  const open = useSignal<'edit' | 'remove' | undefined>(undefined)
  const close = () => (open.value = undefined)
  const mayRemove = isAdmin.value || book.added_by === user.value?.id
  const remove = async () => {
    try {
      await library.removeBook(book.id)
      notify(t('books.removed', { title: book.title }))
      navigate('/books', { replace: true })
    } catch (error) {
      notifyError(error)
    }
  }
  return (
    <header class="page-head">
      <div>
        <a href="/books">{t('page.books')}</a>
        <h1>{book.title}</h1>
        <p>{book.author}</p>
      </div>
      <div class="cluster">
        <button type="button" onClick={() => (open.value = 'edit')}>
          <Icon name="pencil" />
          {t('action.edit')}
        </button>
        {mayRemove && (
          <button type="button" class="danger" onClick={() => (open.value = 'remove')}>
            {t('action.remove')}
          </button>
        )}
      </div>
      {open.value === 'edit' && (
        <BookDialog book={book} close={close} done={reload} stale={reload} />
      )}
      {open.value === 'remove' && (
        <Confirm
          title={t('books.remove_title', { title: book.title })}
          text={t('books.remove_text')}
          label={t('action.remove')}
          confirm={() => void remove()}
          close={close}
        />
      )}
    </header>
  )
}

function Facts({ book, reload }: PartProps) {
  const move = async (name: string) => {
    const shelf = library.shelves.find((it) => it === name)
    const isFinished = book.shelf === 'reading' && shelf === 'read'
    const finished = isFinished && { date_read: toInputDate(new Date()) }
    await library.shelve(book.id, shelf && { shelf, ...finished }).catch(notifyError)
    reload()
  }
  return (
    <section class="card">
      <Choice
        label={t('books.shelf')}
        value={book.shelf ?? ''}
        change={(shelf) => void move(shelf)}
        options={[
          { value: '', label: t('books.no_shelf') },
          ...library.shelves.map((value) => ({ value, label: t(`shelf.${value}`) })),
        ]}
      />
      {(book.shelf === 'read' || book.date_read) && book.shelf && (
        <ReadDate key={book.date_read} book={book} shelf={book.shelf} reload={reload} />
      )}
      <dl class="facts">
        <DateFact name="date_shelved" date={book.date_shelved} />
        <DateFact name="release_date" date={book.release_date} />
        {book.page_count !== null && (
          <>
            <dt>{t('books.page_count')}</dt>
            <dd>{formatNumber(book.page_count)}</dd>
          </>
        )}
        {book.publisher && (
          <>
            <dt>{t('books.publisher')}</dt>
            <dd>{book.publisher}</dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Opinions({ book, reload }: PartProps) {
  const own = useQuery(`own ${book.id}`, () => library.readOwnRating(String(book.id)))
  const value = own.data.value?.value
  const say = async (wanted: number | undefined) => {
    try {
      if (wanted === undefined) await library.withdrawRating(book.id)
      else await library.rate(book.id, wanted, own.data.value)
      notify(t(wanted === undefined ? 'books.withdrawn' : 'books.rated'))
    } catch (error) {
      notifyError(error)
    }
    await own.reload()
    reload()
  }
  return (
    <section class="card">
      <Average average={book.ratings?.average ?? null} count={book.ratings?.count ?? 0} />
      {!book.ratings_available && <p class="notice warn">{t('books.ratings_away')}</p>}
      <Rate value={value} rate={(wanted) => void say(wanted)} />
      {value !== undefined && (
        <button type="button" class="small quiet" onClick={() => void say(undefined)}>
          {t('books.withdraw')}
        </button>
      )}
      {book.ratings && <Histogram counts={book.ratings.histogram} />}
    </section>
  )
}

/** When the user finished it: a form of one field. */
function ReadDate({ book, shelf, reload }: PartProps & { shelf: Shelf }) {
  const date = useSignal(book.date_read ?? '')
  const form = useForm(async () => {
    await library.shelve(book.id, { shelf, date_read: date.value || null })
    notify(t('books.saved'))
    reload()
  })
  return (
    <Form form={form} label={t('action.save')} plain>
      <Field
        label={t('books.date_read')}
        value={date.value}
        change={(value) => (date.value = value)}
        pattern={library.datePattern}
        hint={t('books.date_hint')}
      />
    </Form>
  )
}

interface DateFactProps {
  name: 'date_shelved' | 'release_date'
  date: string | null
}

function DateFact({ name, date }: DateFactProps) {
  if (!date) return null
  return (
    <>
      <dt>{t(`books.${name}`)}</dt>
      <dd>{formatDate(date)}</dd>
    </>
  )
}

/** A day, a month or a year. It is the same everywhere: not converted to the viewer's zone. */
function formatDate(date: string): string {
  const at = new Date(`${`${date}-01-01`.slice(0, 10)}T00:00`)
  const month = date.length === 7 && ({ month: 'long' } as const)
  const format =
    date.length === 10 ? { dateStyle: 'medium' as const } : { year: 'numeric' as const }
  return new Intl.DateTimeFormat(locale.value, { ...format, ...month }).format(at)
}

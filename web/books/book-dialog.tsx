import type { Book, NewBook } from '../../shared/schemas/book.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useEdit } from '../ui/edit.tsx'
import { Field, Form } from '../ui/form.tsx'
import { addBook, changeBook, datePattern, readBookTagged } from './library.ts'

interface BookDialogProps {
  /** Undefined: a new one. */
  book?: Book
  close: () => void
  done: (book: Book) => void
  /** Called when somebody else changed it first. */
  stale?: () => void
}

const names = ['title', 'author', 'release_date', 'page_count', 'publisher'] as const
type Fields = Record<(typeof names)[number], string>

/** Adds a book, or corrects one. */
export function BookDialog({ book, close, done, stale }: BookDialogProps) {
  const { form, fields, set } = useEdit<Book, Fields>({
    of: book,
    read: ({ id }) => readBookTagged(id),
    toFields,
    words: (shown) => names.map((name) => [t(`books.${name}`), shown[name]]),
    send: async ({ release_date, page_count, ...rest }, tagged) => {
      const sent: NewBook = {
        ...rest,
        release_date: release_date || null,
        page_count: page_count ? Number(page_count) : null,
      }
      done(await (book ? changeBook(book.id, sent, tagged) : addBook(sent, tagged)))
      close()
    },
    stale,
  })
  const input = (name: keyof Fields) => ({
    label: t(`books.${name}`),
    value: fields.value[name],
    change: (value: string) => set({ [name]: value }),
  })
  return (
    <Dialog title={t(book ? 'books.edit' : 'books.add')} close={close}>
      <Form form={form} label={t(book ? 'action.save' : 'books.add')} cancel={close}>
        <Field {...input('title')} maxLength={500} required autofocus />
        <Field {...input('author')} maxLength={200} required />
        <div class="pair">
          <Field {...input('release_date')} pattern={datePattern} hint={t('books.date_hint')} />
          <Field {...input('page_count')} type="number" min={1} max={100_000} />
        </div>
        <Field {...input('publisher')} maxLength={200} />
      </Form>
    </Dialog>
  )
}

function toFields(book: Book | undefined): Fields {
  return {
    title: book?.title ?? '',
    author: book?.author ?? '',
    release_date: book?.release_date ?? '',
    page_count: String(book?.page_count ?? ''),
    publisher: book?.publisher ?? '',
  }
}

import { useSignal } from '@preact/signals'
import type { Book, NewBook } from '../../shared/schemas/book.ts'
import { t } from '../i18n.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Form, useForm } from '../ui/form.tsx'
import { addBook, changeBook } from './library.ts'

interface BookDialogProps {
  /** Undefined: a new one. */
  book?: Book
  close: () => void
  done: (book: Book) => void
}

/** Adds a book, or corrects one. */
export function BookDialog({ book, close, done }: BookDialogProps) {
  const fields = useSignal({
    title: book?.title ?? '',
    author: book?.author ?? '',
    release_date: book?.release_date ?? '',
    page_count: String(book?.page_count ?? ''),
    publisher: book?.publisher ?? '',
  })
  const form = useForm(async () => {
    const { release_date, page_count, ...rest } = fields.value
    const sent: NewBook = {
      ...rest,
      release_date: release_date || null,
      page_count: page_count ? Number(page_count) : null,
    }
    done(await (book ? changeBook(book.id, sent) : addBook(sent)))
    close()
  })
  const input = (name: keyof typeof fields.value) => ({
    label: t(`books.${name}`),
    value: fields.value[name],
    change: (value: string) => (fields.value = { ...fields.value, [name]: value }),
  })
  return (
    <Dialog title={t(book ? 'books.edit' : 'books.add')} close={close}>
      <Form form={form} label={t(book ? 'action.save' : 'books.add')} cancel={close}>
        <Field {...input('title')} maxLength={500} required autofocus />
        <Field {...input('author')} maxLength={200} required />
        <div class="pair">
          <Field {...input('release_date')} type="date" />
          <Field {...input('page_count')} type="number" min={1} max={100_000} />
        </div>
        <Field {...input('publisher')} maxLength={200} />
      </Form>
    </Dialog>
  )
}

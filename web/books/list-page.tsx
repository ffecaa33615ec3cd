import { useSignal } from '@preact/signals'
import type { Book, Shelf } from '../../shared/schemas/book.ts'
import { download } from '../download.ts'
import { t } from '../i18n.ts'
import { useList } from '../list.ts'
import { navigate, readQuery, setQuery } from '../router.ts'
import { Segments } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/more.tsx'
import { Search } from '../ui/search.tsx'
import { Empty, Loaded } from '../ui/state.tsx'
import { notifyError } from '../ui/toast.tsx'
import { BookDialog } from './book-dialog.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { listBooks, shelves, sorts, type Wanted } from './library.ts'
import { Average } from './stars.tsx'

/** All books, or one of the user's shelves. */
export function ListPage() {
  const wanted = readWanted()
  const list = useList(JSON.stringify(wanted), (cursor) => listBooks(wanted, cursor))
  const open = useSignal<'add' | 'import' | undefined>(undefined)
  const close = () => (open.value = undefined)
  return (
    <>
      <header class="page-head">
        <h1>{t('page.books')}</h1>
        <div class="cluster">
          <Transfer startImport={() => (open.value = 'import')} />
          <button type="button" class="primary" onClick={() => (open.value = 'add')}>
            <Icon name="plus" />
            {t('books.add')}
          </button>
        </div>
      </header>
      <Filters wanted={wanted} />
      <Loaded query={list.first}>
        {() =>
          list.items.value.length === 0 ? (
            <Empty icon="books" title={t(wanted.q ? 'books.none_found' : 'books.none')}>
              <p>{t('books.none_text')}</p>
            </Empty>
          ) : (
            <ul class="rows">
              {list.items.value.map((book) => (
                <Row key={book.id} book={book} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More load={list.more} />
      {open.value === 'add' && (
        <BookDialog close={close} done={({ id }) => navigate(`/books/${id}`)} />
      )}
      {open.value === 'import' && <ImportDialog close={close} done={() => void list.reload()} />}
    </>
  )
}

function Transfer({ startImport }: { startImport: () => void }) {
  const exportBooks = () => void download('/api/books/export', 'books.csv').catch(notifyError)
  return (
    <>
      <button type="button" onClick={startImport}>
        <Icon name="upload" />
        {t('books.import')}
      </button>
      <button type="button" onClick={exportBooks}>
        <Icon name="download" />
        {t('books.export')}
      </button>
    </>
  )
}

function Filters({ wanted }: { wanted: Wanted }) {
  return (
    <div class="toolbar">
      <Search label={t('books.search')} />
      <Segments
        label={t('books.shelf')}
        value={wanted.shelf ?? 'all'}
        change={(shelf) => setQuery({ shelf: shelf === 'all' ? undefined : shelf })}
        options={(['all', ...shelves] as const).map((value) => ({
          value,
          label: t(`shelf.${value}`),
        }))}
      />
      <select
        class="push"
        aria-label={t('books.sort')}
        value={wanted.sort}
        onChange={(event) => setQuery({ sort: event.currentTarget.value })}
      >
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {t(`books.by_${sort}`)}
          </option>
        ))}
      </select>
    </div>
  )
}

function Row({ book }: { book: Book }) {
  return (
    <li>
      <div class="grow">
        <a class="title" href={`/books/${book.id}`}>
          {book.title}
        </a>
        <br />
        <span class="soft">
          {book.author}
          {book.release_date && `, ${book.release_date.slice(0, 4)}`}
        </span>
      </div>
      {book.shelf && <span class="badge accent">{t(`shelf.${book.shelf}`)}</span>}
      <Average average={book.average_rating} count={book.ratings_count} />
    </li>
  )
}

function readWanted(): Wanted {
  return {
    q: readQuery('q'),
    sort: sorts.find((sort) => sort === readQuery('sort')) ?? 'title',
    shelf: shelves.find((shelf): shelf is Shelf => shelf === readQuery('shelf')),
  }
}

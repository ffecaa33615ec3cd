import { withTexts } from '../i18n.ts'
import { path } from '../router.ts'
import { BookPage } from './book-page.tsx'
import { ListPage } from './list-page.tsx'
import { bookListTexts } from './texts.ts'

function Books() {
  const [, , id] = path.value.split('/')
  return id ? <BookPage id={id} /> : <ListPage />
}

export const load = () => withTexts(Books, bookListTexts)

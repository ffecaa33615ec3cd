import { path } from '../router.ts'
import { BookPage } from './book-page.tsx'
import { ListPage } from './list-page.tsx'

export function Books() {
  const [, , id] = path.value.split('/')
  return id ? <BookPage id={id} /> : <ListPage />
}

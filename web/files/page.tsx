import { path } from '../router.ts'
import { FilePage } from './file-page.tsx'
import { ListPage } from './list-page.tsx'

export function Files() {
  const [, , hash] = path.value.split('/')
  return hash ? <FilePage key={hash} hash={hash} /> : <ListPage />
}

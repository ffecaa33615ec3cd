import { withTexts } from '../i18n.ts'
import { path } from '../router.ts'
import { FilePage } from './file-page.tsx'
import { ListPage } from './list-page.tsx'
import { fileTexts } from './texts.ts'

function Files() {
  const [, , hash] = path.value.split('/')
  return hash ? <FilePage key={hash} hash={hash} /> : <ListPage />
}

export const load = () => withTexts(Files, fileTexts)

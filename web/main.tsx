import { render } from 'preact'
import { App, preloadPage } from './app.tsx'
import { startLanguage } from './i18n.ts'
import { isOfBook } from './pages.ts'
import { startRouter } from './router.ts'
import { startSession } from './session/session.ts'
import { startTheme } from './theme.ts'

startTheme()
startRouter((path) => !isOfBook(path))
preloadPage()
// No top-level await above: what pages import from this module would not run before.
void startLanguage().then(() => {
  render(<App />, document.getElementById('app') as HTMLElement)
  return startSession()
})

import { render } from 'preact'
import { bookingTexts } from '../bookings/texts.ts'
import { addTexts, startLanguage } from '../i18n.ts'
import en from '../locale/book/en.json'
import { isOfBook } from '../pages.ts'
import { startRouter } from '../router.ts'
import { startSession } from '../session/session.ts'
import { startTheme } from '../theme.ts'
import { App, showBell } from './app.tsx'
import { makeInstallable } from './install.ts'

const settle_ms = 1000

startTheme()
startRouter(isOfBook)
void start()

// No top-level await above: lazily loaded modules import this one and would wait for it.
async function start(): Promise<void> {
  await addTexts(bookingTexts)
  await addTexts({ en, de: () => import('../locale/book/de.json') })
  await startLanguage()
  render(<App />, document.getElementById('app') as HTMLElement)
  await startSession()
  // Loads what is needed immediately first.
  setTimeout(() => {
    makeInstallable()
    void showBell()
  }, settle_ms)
}

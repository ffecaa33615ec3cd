/**
 * Runs while the page can be seen. Hidden tabs, and pages that "back" would bring again, must not
 * hold connections: without HTTP/2 a browser has six for all pages of a host, and the next waits.
 * @param run ends with its signal; begins again each time that the page is shown
 */
export function whileVisible(run: (signal: AbortSignal) => void, signal: AbortSignal): void {
  let shown: AbortController | undefined
  const end = () => {
    shown?.abort()
    shown = undefined
  }
  const begin = () => {
    if (document.visibilityState !== 'visible') end()
    else if (!shown) run((shown = new AbortController()).signal)
  }
  document.addEventListener('visibilitychange', begin, { signal })
  window.addEventListener('pageshow', begin, { signal })
  window.addEventListener('pagehide', end, { signal })
  signal.addEventListener('abort', end)
  begin()
}

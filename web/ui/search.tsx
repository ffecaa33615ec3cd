import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { readQuery, setQuery } from '../router.ts'

// Waits for the end of typing.
const settle_ms = 250

/** A search whose words are in the URL, as `q`. */
export function Search({ label }: { label: string }) {
  const text = useSignal(readQuery('q'))
  useEffect(() => {
    const timer = setTimeout(() => setQuery({ q: text.value.trim() }, { replace: true }), settle_ms)
    return () => clearTimeout(timer)
  }, [text.value])
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={text.value}
      onInput={(event) => (text.value = event.currentTarget.value)}
    />
  )
}

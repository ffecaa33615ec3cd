import { useRef } from 'preact/hooks'
import { repeatable } from '../repeat-key.ts'

/** A retry after a lost response creates nothing twice: the same body has the same key. */
export function useRepeatKey(): (body: object) => ReturnType<typeof repeatable> {
  const sent = useRef({ body: '', options: repeatable() })
  return (body) => {
    const text = JSON.stringify(body)
    if (sent.current.body !== text) sent.current = { body: text, options: repeatable() }
    return sent.current.options
  }
}

import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

export interface Query<T> {
  /** Undefined until the first answer; an older answer stays while a newer one is on its way. */
  data: ReadonlySignal<T | undefined>
  error: ReadonlySignal<unknown>
  loading: ReadonlySignal<boolean>
  reload: () => Promise<void>
  /** Shows a change before the server has it; `reload` tells the truth again. */
  set: (data: T) => void
}

/**
 * Loads what a component shows.
 * @param key loads again when it changes; the answer to an older key is dropped
 */
export function useQuery<T>(key: string, load: () => Promise<T>): Query<T> {
  const data = useSignal<T | undefined>(undefined)
  const error = useSignal<unknown>(undefined)
  const loading = useSignal(true)
  const current = useRef(0)

  const reload = async () => {
    const mine = ++current.current
    loading.value = true
    try {
      const answer = await load()
      if (mine !== current.current) return
      data.value = answer
      error.value = undefined
    } catch (cause) {
      if (mine === current.current) error.value = cause
    } finally {
      if (mine === current.current) loading.value = false
    }
  }
  useEffect(() => {
    void reload()
    return () => void current.current++
  }, [key])
  return { data, error, loading, reload, set: (value) => (data.value = value) }
}

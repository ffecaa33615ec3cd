import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

export interface Query<T> {
  /** Undefined until the first response; an older one stays while a newer one loads. */
  data: ReadonlySignal<T | undefined>
  error: ReadonlySignal<unknown>
  loading: ReadonlySignal<boolean>
  reload: () => Promise<void>
  /** Shows a change before the server has confirmed it; `reload` fetches the actual state. */
  set: (data: T) => void
}

/**
 * Loads the data of a component.
 * @param key reloads when it changes; the response to an older key is dropped
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

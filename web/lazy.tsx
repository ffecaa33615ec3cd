import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { once } from './once.ts'
import { Failure, Loading } from './ui/state.tsx'

/** A component whose code loads when it is first shown, or earlier by `preload`. */
export function lazy<Props extends object>(fetch: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | undefined
  const load = once(fetch)
  const preload = () => void load().catch(() => {}) // tried again when it is shown

  function Lazy(props: Props) {
    const component = useSignal(loaded)
    const failed = useSignal<unknown>(undefined)
    const start = () => {
      failed.value = undefined
      load().then(
        (found) => (component.value = loaded = found),
        (error: unknown) => (failed.value = error),
      )
    }
    useEffect(() => {
      if (!loaded) start()
    }, [])
    const Component = component.value
    if (failed.value !== undefined) return <Failure error={failed.value} retry={start} />
    return Component ? <Component {...props} /> : <Loading />
  }
  return Object.assign(Lazy, { preload })
}

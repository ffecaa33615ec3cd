import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

// Far enough for scrolling, and for the next key press otherwise.
const ahead = '200px 0px'

/** Renders its children once they come near the view: until then they load nothing. */
export function WhenSeen({ children }: { children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null)
  const isSeen = useSignal(false)
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => (isSeen.value ||= entries.some((entry) => entry.isIntersecting)),
      { rootMargin: ahead },
    )
    if (place.current) observer.observe(place.current)
    return () => observer.disconnect()
  }, [isSeen.value])
  return isSeen.value ? <>{children}</> : <div ref={place} class="unseen" />
}

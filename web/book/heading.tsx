import { useEffect, useRef } from 'preact/hooks'

let hasArrived = false

/** Names the view, and receives the focus after navigation. */
export function Heading({ text }: { text: string }) {
  const element = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${text} · Campus`
  }, [text])
  useEffect(() => {
    if (hasArrived) element.current?.focus({ preventScroll: true })
    hasArrived = true
  }, [])
  return (
    <h1 ref={element} tabIndex={-1}>
      {text}
    </h1>
  )
}

import { useEffect, useRef } from 'preact/hooks'

let hasArrived = false

/** Names the view, and is where whoever comes to it by a tap goes on reading. */
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

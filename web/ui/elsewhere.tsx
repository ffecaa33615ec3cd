import { describeElsewhere } from '../time.ts'

interface ElsewhereProps {
  /** Undefined: not known yet. */
  span: { from: Date | null; to: Date | null } | undefined
  /** Of the resources. */
  zones: readonly string[]
}

/** A span by the clocks where the resources are; nothing where those show the viewer's time. */
export function Elsewhere({ span, zones }: ElsewhereProps) {
  const texts = span ? zones.map((zone) => describeElsewhere(span, zone)) : []
  return (
    <>
      {[...new Set(texts)].filter(Boolean).map((text) => (
        <small key={text} class="soft block">
          {text}
        </small>
      ))}
    </>
  )
}

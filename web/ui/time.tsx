import { formatTime, toUtcText, type TimeStyle } from '../time.ts'

/** A time in the viewer's zone, with UTC in a tooltip. */
export function Time({ at, style = 'full' }: { at: string; style?: TimeStyle }) {
  return (
    <time dateTime={at} title={toUtcText(at)}>
      {formatTime(at, style)}
    </time>
  )
}

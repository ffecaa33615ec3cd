import { useSignal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { rowAt, type Heights, type Row } from './rows.ts'

// Relative to the text size, so that larger text gets larger rows.
const rem = { type: 2.25, resource: 2.75 }
// Rows beyond the edge, so that they are there when scrolled in.
const beyond = 5
// Ignores scrolling by less than this.
const step_px = 80

/** The visible part of the board: rows, width, row height. */
export function useViewport(scroller: RefObject<HTMLElement | null>) {
  const seen = useSignal({ top: 0, height: innerHeight, width: innerWidth })
  const isPrinting = useSignal(false)
  const heights = useMemo<Heights>(() => {
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize)
    return { type: rem.type * size, resource: rem.resource * size }
  }, [])

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const look = () => {
      const top = Math.floor(element.scrollTop / step_px) * step_px
      const width = element.querySelector('.hours')?.clientWidth ?? element.clientWidth
      const next = { top, height: element.clientHeight, width }
      const { top: t, height: h, width: w } = seen.value
      if (t !== next.top || h !== next.height || w !== next.width) seen.value = next
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', look, { passive: true })
    // All rows when printing.
    const print = ({ matches }: { matches: boolean }) => (isPrinting.value = matches)
    const paper = matchMedia('print')
    paper.addEventListener('change', print)
    look()
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', look)
      paper.removeEventListener('change', print)
    }
  }, [])

  const { top, height, width } = seen.value
  const isAll = isPrinting.value
  return {
    width,
    heights,
    first: (rows: Row[]) => (isAll ? 0 : Math.max(0, rowAt(rows, top) - beyond)),
    last: (rows: Row[]) =>
      isAll
        ? rows.length - 1
        : Math.min(rows.length - 1, rowAt(rows, top + step_px + height) + beyond),
  }
}

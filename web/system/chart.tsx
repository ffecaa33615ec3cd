import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import plotCss from 'uplot/dist/uPlot.min.css' with { type: 'text' }
import { formatNumber, locale, t } from '../i18n.ts'
import { adoptStyle } from '../style/adopt.ts'
import { isDark } from '../theme.ts'

export interface ChartProps {
  title: string
  /** The unit of a value: `/s`, `ms`. */
  unit: string
  times: number[]
  lines: { label: string; colour: string; values: (number | undefined)[] }[]
}

const height_px = 180

/** Lines over time. */
export function Chart({ title, unit, times, lines }: ChartProps) {
  const element = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const data: uPlot.AlignedData = [
    times.map((time) => time / 1000),
    ...lines.map(({ values }) => values.map((value) => value ?? null)),
  ]
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const host = element.current
    if (!host) return
    adoptStyle(plotCss)
    const colour = (name: string) => readColour(host, name)
    const axis = { stroke: colour('--text-soft'), grid: { stroke: colour('--line'), width: 1 } }
    const made = new uPlot(
      {
        width: host.clientWidth,
        height: height_px,
        scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map(nameTime) },
          {
            ...axis,
            size: 68,
            values: (_, ticks) => ticks.map((at) => `${formatNumber(at)} ${unit}`),
          },
        ],
        series: [
          { label: t('system.time'), value: (_, at) => (at === null ? '–' : nameTime(at)) },
          ...lines.map(({ label, colour: name }) => ({
            label,
            stroke: colour(name),
            width: 2,
            value: (_: uPlot, at: number | null) =>
              at === null ? '–' : `${formatNumber(at)} ${unit}`,
          })),
        ],
      },
      latest.current,
      host,
    )
    plot.current = made
    const observer = new ResizeObserver(() =>
      made.setSize({ width: host.clientWidth, height: height_px }),
    )
    observer.observe(host)
    return () => {
      observer.disconnect()
      made.destroy()
    }
  }, [isDark.value])
  useEffect(() => plot.current?.setData(data), [times.at(-1)])
  return (
    <figure class="card">
      <figcaption>
        <h2>{title}</h2>
      </figcaption>
      <div ref={element} />
    </figure>
  )
}

/** @param at seconds since 1970 */
function nameTime(at: number): string {
  return new Intl.DateTimeFormat(locale.value, { timeStyle: 'medium' }).format(at * 1000)
}

/** The computed value of a custom property; canvas does not support `light-dark()`. */
function readColour(host: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  host.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

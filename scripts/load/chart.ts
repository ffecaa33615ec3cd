export interface Series {
  name: string
  /** Determines its colour. */
  className: string
  /** One for each second; NaN where there is none. */
  values: number[]
}

export interface Chart {
  /** The text alternative. */
  label: string
  /** Lines side by side, or stacked bars. */
  kind: 'lines' | 'bars'
  series: Series[]
  seconds: number
  /** The tooltip of one second. */
  describe: (second: number) => string
}

const width = 880
const height = 250
const plot = { left: 64, right: width - 72, top: 12, bottom: height - 26 }
const lineHeight = 15

/** Draws a time series chart as standalone SVG; colours come from the page's style sheet. */
export function drawChart(chart: Chart): string {
  const { series, kind, seconds } = chart
  const ticks = toTicks(Math.max(...toTops(chart)))
  const top = ticks.at(-1) ?? 1
  const scale: Scale = {
    seconds,
    x: (second) => plot.left + ((plot.right - plot.left) * second) / seconds,
    y: (value) => plot.bottom - ((plot.bottom - plot.top) * value) / top,
  }
  const marks = kind === 'lines' ? drawLines(series, scale) : drawBars(series, scale)
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${chart.label}">`,
    drawGrid(ticks, scale),
    marks,
    drawPointerTargets(chart, scale),
    '</svg>',
  ].join('\n')
}

interface Scale {
  seconds: number
  x: (second: number) => number
  y: (value: number) => number
}

function toTops({ series, kind }: Chart): number[] {
  if (kind === 'lines') return series.flatMap(({ values }) => values.filter(Number.isFinite))
  return (series[0]?.values ?? []).map((_, at) => sumAt(series, at))
}

/** From 0 to at least the maximum, in a few round steps. */
function toTicks(max: number): number[] {
  const highest = Math.max(max, 1)
  const power = 10 ** Math.floor(Math.log10(highest / 5))
  const step = ([1, 2, 5].find((factor) => factor * power >= highest / 5) ?? 10) * power
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, at) => at * step)
}

function drawGrid(ticks: number[], { seconds, x, y }: Scale): string {
  const rows = ticks.flatMap((tick) => {
    const at = { x: plot.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }
    const line = { x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }
    const text = tick.toLocaleString('en', { maximumFractionDigits: 3 })
    return [element('line', { class: 'grid', ...line }), element('text', at, text)]
  })
  const whole = toTicks(seconds).filter((tick) => tick <= seconds && Number.isInteger(tick))
  const columns = whole.map((tick) =>
    element('text', { x: x(tick), y: height - 6, 'text-anchor': 'middle' }, `${tick} s`),
  )
  return [...rows, ...columns].join('\n')
}

function drawLines(series: Series[], { x, y }: Scale): string {
  const lines = series.map(({ className, values }) => {
    const points = values.map((value, at) => {
      if (Number.isNaN(value)) return ''
      const [left, top] = [x(at + 0.5), px(y(value))]
      const isBegin = Number.isNaN(values[at - 1] ?? NaN)
      // A line that begins shows, even when it does not go on.
      return isBegin ? `M${px(left - 3)},${top}h3` : `L${px(left)},${top}`
    })
    return element('path', { class: className, d: points.join('') })
  })
  const ends = series.map(({ name, className, values }) => ({
    name,
    className,
    at: y(values.findLast(Number.isFinite) ?? 0) + 4,
  }))
  return [...lines, drawNames(ends)].join('\n')
}

function drawBars(series: Series[], { x, y, seconds }: Scale): string {
  const bars = Array.from({ length: seconds }, (_, second) =>
    series.map(({ className, values }, at) => {
      const base = sumAt(series.slice(0, at), second)
      const [from, to] = [y(base), y(base + (values[second] ?? 0))]
      const size = { width: x(0.84) - x(0), height: from - to }
      return element('rect', { class: className, x: x(second + 0.08), y: to, ...size })
    }),
  )
  const names = series.map(({ name, className, values }, at) => {
    const middle = sumAt(series.slice(0, at), seconds - 1) + (values.at(-1) ?? 0) / 2
    return { name, className, at: y(middle) + 4 }
  })
  return [...bars.flat(), drawNames(names)].join('\n')
}

/** Labels at the end of each series, moved apart where they would overlap. */
function drawNames(names: { name: string; className: string; at: number }[]): string {
  let free = plot.bottom + 4
  return names
    .toSorted((a, b) => b.at - a.at)
    .map(({ name, className, at }) => {
      const line = Math.min(at, free)
      free = line - lineHeight
      return element('text', { class: `name ${className}`, x: plot.right + 8, y: line }, name)
    })
    .join('\n')
}

function drawPointerTargets({ describe }: Chart, { x, seconds }: Scale): string {
  const size = { y: plot.top, width: x(1) - x(0), height: plot.bottom - plot.top }
  return Array.from({ length: seconds }, (_, second) => {
    const title = element('title', {}, describe(second))
    return element('rect', { class: 'target', x: x(second), ...size }, title)
  }).join('\n')
}

function element(name: string, attributes: Record<string, string | number>, content = ''): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? px(value) : value}"`,
  )
  return `<${name}${pairs.join('')}>${content}</${name}>`
}

function sumAt(series: Series[], second: number): number {
  return series.reduce((sum, { values }) => sum + (values[second] ?? 0), 0)
}

function px(position: number): string {
  return position.toFixed(1)
}

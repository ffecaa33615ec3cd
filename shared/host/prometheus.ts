/** The media type of `toText`: the Prometheus text format, version 0.0.4. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

export type Labels = Partial<Record<string, string | number>>

/** One value; a histogram has several, each with a suffix of its own. */
export interface Sample {
  suffix?: '_bucket' | '_sum' | '_count'
  labels?: Labels
  value: number
}

/** All values of one name. */
export interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  samples: readonly Sample[]
}

export function toText(metrics: readonly Metric[]): string {
  return metrics.map(toLines).join('\n')
}

function toLines({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ suffix = '', labels = {}, value }) => {
    return `${name}${suffix}${toLabels(labels)} ${toValue(value)}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function toLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, text = '']) => `${name}="${escape(String(text))}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escape(text: string): string {
  return text.replaceAll(/[\\"]/g, (character) => `\\${character}`).replaceAll('\n', '\\n')
}

function toValue(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

/** Counts values by upper bounds, for each set of labels. */
export function createHistogram<Row extends Labels>(bounds: readonly number[]) {
  const children = new Map<string, { labels: Row; counts: number[]; sum: number; count: number }>()

  return {
    /** @param key names these labels; a string is found faster than labels are compared */
    observe: (key: string, labels: Row, value: number): void => {
      let child = children.get(key)
      if (!child) {
        child = { labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
        children.set(key, child)
      }
      const at = bounds.findIndex((bound) => value <= bound)
      if (at !== -1) child.counts[at] = (child.counts[at] ?? 0) + 1
      child.sum += value
      child.count += 1
    },
    samples: (): Sample[] =>
      [...children.values()].flatMap(({ labels, counts, sum, count }): Sample[] => {
        let below = 0
        const buckets = bounds.map((bound, at): Sample => {
          below += counts[at] ?? 0
          return { suffix: '_bucket', labels: { le: String(bound), ...labels }, value: below }
        })
        return [
          ...buckets,
          { suffix: '_bucket', labels: { le: '+Inf', ...labels }, value: count },
          { suffix: '_sum', labels, value: sum },
          { suffix: '_count', labels, value: count },
        ]
      }),
  }
}

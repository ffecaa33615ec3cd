import type { Resource } from '../../shared/schemas/resource.ts'

/** A line of the board and its distance from the top, in pixels. */
export type Row = { top: number; height: number } & (
  | { kind: 'type'; type: string; count: number }
  | { kind: 'resource'; resource: Resource }
)

export interface Heights {
  type: number
  resource: number
}

/** Each type followed by its resources, in list order; none below a closed one. */
export function layRows(
  resources: Resource[],
  closed: ReadonlySet<string>,
  heights: Heights,
): Row[] {
  const rows: Row[] = []
  let top = 0
  const add = (row: Row) => {
    rows.push(row)
    top += row.height
  }
  for (const [type, all] of Map.groupBy(resources, ({ resource_type }) => resource_type)) {
    add({ kind: 'type', type, count: all.length, top, height: heights.type })
    if (closed.has(type)) continue
    for (const resource of all) add({ kind: 'resource', resource, top, height: heights.resource })
  }
  return rows
}

/** The index of the row at a distance from the top, clamped to the ends. */
export function rowAt(rows: Row[], y: number): number {
  let [low, high] = [0, rows.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((rows[middle]?.top ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return low
}

export function heightOf(rows: Row[]): number {
  const last = rows.at(-1)
  return last ? last.top + last.height : 0
}

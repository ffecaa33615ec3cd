import type { ResourceType } from './schemas/resource-type.ts'

/** Whole slots of `length_ms`, counted from `origin_ms` in both directions. */
export interface SlotGrid {
  length_ms: number
  origin_ms: number
}

/** The slots of a type; undefined if it can be booked for any span. */
export function readSlotGrid({
  slot_seconds,
  slot_origin,
}: Pick<ResourceType, 'slot_seconds' | 'slot_origin'>): SlotGrid | undefined {
  if (slot_seconds === null || slot_origin === null) return undefined
  return { length_ms: slot_seconds * 1000, origin_ms: Date.parse(slot_origin) }
}

/** When the slot of that time begins; without a grid it is that time. */
export function toSlotStart(time_ms: number, grid: SlotGrid | undefined): number {
  return grid ? toEdge(time_ms, grid, Math.floor) : time_ms
}

/** The first end of a slot at or after that time. */
export function toSlotEnd(time_ms: number, grid: SlotGrid | undefined): number {
  return grid ? toEdge(time_ms, grid, Math.ceil) : time_ms
}

function toEdge(
  time_ms: number,
  { length_ms, origin_ms }: SlotGrid,
  round: (slots: number) => number,
): number {
  return origin_ms + round((time_ms - origin_ms) / length_ms) * length_ms
}

import { locale } from '../i18n.ts'

export const units = ['minute', 'hour', 'day'] as const
export type Unit = (typeof units)[number]

/** A duration as typed: a number, empty for none, and its unit. */
export interface Length {
  value: string
  unit: Unit
}

const minutesIn = { minute: 1, hour: 60, day: 24 * 60 }

/** ISO 8601, in the largest unit that divides it. @param unit of an empty one */
export function readDuration(text: string | undefined, unit: Unit): Length {
  if (text === undefined) return { value: '', unit }
  const [, days = '0', hours = '0', minutes = '0'] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text) ?? []
  const rest = Number(hours) * minutesIn.hour + Number(minutes)
  const total = Number(days) * minutesIn.day + rest
  // Calendar days do not all have 24 hours: hours stay hours.
  const largest = rest === 0 && total > 0 ? 'day' : total % minutesIn.hour === 0 ? 'hour' : 'minute'
  return { value: String(total / minutesIn[largest]), unit: largest }
}

/** @returns undefined for none */
export function toDuration({ value, unit }: Length): string | undefined {
  const count = Math.round(Number(value))
  if (value === '' || !(count >= 0)) return undefined
  return unit === 'day' ? `P${count}D` : `PT${count}${unit === 'hour' ? 'H' : 'M'}`
}

/** `7 days` */
export function describeDuration(text: string): string {
  const { value, unit } = readDuration(text, 'hour')
  const style = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(locale.value, style).format(Number(value))
}

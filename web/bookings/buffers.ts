import type { Allocation } from '../../shared/schemas/allocation.ts'
import { t } from '../i18n.ts'
import { formatTime } from '../time.ts'
import type { Words } from '../ui/edit.tsx'

/** The buffers around bookings, as in the API. */
interface Buffers {
  buffer_before_seconds: number | null
  buffer_after_seconds: number | null
}

/** In minutes, as typed; empty if unset. */
export interface BufferTexts {
  before: string
  after: string
}

export function toBufferTexts(buffers: Partial<Buffers> | undefined): BufferTexts {
  const toText = (seconds: number | null = null) => (seconds === null ? '' : String(seconds / 60))
  return {
    before: toText(buffers?.buffer_before_seconds),
    after: toText(buffers?.buffer_after_seconds),
  }
}

export function wordBuffers({ before, after }: BufferTexts): Words {
  return [
    [t('buffers.before'), before],
    [t('buffers.after'), after],
  ]
}

/** The reverse. */
export function readBuffers({ before, after }: BufferTexts): Buffers {
  const toSeconds = (text: string) => (text === '' ? null : Math.round(Number(text) * 60))
  return { buffer_before_seconds: toSeconds(before), buffer_after_seconds: toSeconds(after) }
}

/** For a type, empty means none. */
export function toTypeBuffers(texts: BufferTexts) {
  const { buffer_before_seconds: before, buffer_after_seconds: after } = readBuffers(texts)
  return { buffer_before_seconds: before ?? 0, buffer_after_seconds: after ?? 0 }
}

/** "30 min before, 15 min after"; empty without buffers. */
export function describeBuffers(buffers: Buffers): string {
  const { before, after } = toBufferTexts(buffers)
  const parts = [
    Number(before) > 0 && t('buffers.minutes_before', { minutes: before }),
    Number(after) > 0 && t('buffers.minutes_after', { minutes: after }),
  ]
  return parts.filter(Boolean).join(', ')
}

/** How far a booking exceeds its own time; empty if it does not. */
export function describeBusy({ busy_from, busy_to }: Pick<Allocation, 'busy_from' | 'busy_to'>) {
  if (!busy_from && !busy_to) return ''
  const at = (time: string | null | undefined) => (time ? formatTime(time, 'time') : '∞')
  return t('buffers.kept', { from: at(busy_from), to: at(busy_to) })
}

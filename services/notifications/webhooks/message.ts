import { hash } from 'node:crypto'
import { toInstant } from '../../../shared/instant.ts'
import type { JournalRow } from '../journal/tables.ts'
import type { DeliveryRow } from './tables.ts'

/**
 * The `webhook-id` of an event: the same at each attempt and replay, so that receivers can
 * recognise it. Derived from the event, not from its journal position, which a restore may
 * renumber.
 */
export function toMessageId(
  event: Pick<JournalRow, 'source' | 'source_event' | 'happened'>,
): string {
  const { source, source_event, happened } = event
  const text = JSON.stringify([source, source_event, happened])
  return `msg_${hash('sha256', text, 'base64url').slice(0, 27)}`
}

/**
 * The body of a request (Standard Webhooks 1.0.0, "Payload structure").
 * @param data JSON, as stored in the journal
 */
export function toBody(
  { type, happened, subject }: Pick<DeliveryRow, 'type' | 'happened' | 'subject'>,
  data: string,
): string {
  const head = JSON.stringify({ type, timestamp: toInstant(happened), subject })
  return `${head.slice(0, -1)},"data":${data}}`
}

/** The content of a test. */
export function toTestData({ webhook_id }: Pick<DeliveryRow, 'webhook_id'>): string {
  return JSON.stringify({ webhook_id })
}

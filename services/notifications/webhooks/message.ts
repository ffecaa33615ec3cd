import { toInstant } from '../../../shared/instant.ts'
import type { JournalRow } from '../journal/tables.ts'
import type { DeliveryRow } from './tables.ts'

/**
 * The `webhook-id` of an event: the same at each try and each replay, so that a receiver knows it
 * again. By what happened, not by where it is in the journal, which a restore may number anew.
 */
export function toMessageId(
  event: Pick<JournalRow, 'source' | 'source_event' | 'happened'>,
): string {
  const { source, source_event, happened } = event
  const text = JSON.stringify([source, source_event, happened])
  const hash = new Bun.CryptoHasher('sha256').update(text).digest('base64url')
  return `msg_${hash.slice(0, 27)}`
}

/**
 * The body of a request (Standard Webhooks 1.0.0, "Payload structure").
 * @param data JSON, as the journal has it
 */
export function toBody(
  { type, happened, subject }: Pick<DeliveryRow, 'type' | 'happened' | 'subject'>,
  data: string,
): string {
  const head = JSON.stringify({ type, timestamp: toInstant(happened), subject })
  return `${head.slice(0, -1)},"data":${data}}`
}

/** What a test says. */
export function toTestData({ webhook_id }: Pick<DeliveryRow, 'webhook_id'>): string {
  return JSON.stringify({ webhook_id })
}

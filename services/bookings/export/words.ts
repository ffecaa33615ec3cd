import type { Language } from '../../../shared/language.ts'
import type { BookingState } from '../../../shared/schemas/booking.ts'

interface Words {
  /** What programs for spreadsheets of that language expect. */
  separator: ',' | ';'
  headings: string[]
  states: Record<BookingState, string>
  conditions: Record<string, string>
  /** The name of a removed account. */
  former: string
}

const en: Words = {
  separator: ',',
  headings: [
    'Number',
    'Resource',
    'Type',
    'From',
    'Until',
    'Time zone',
    'State',
    'Person',
    'E-mail',
    'Purpose',
    'Handed out',
    'Returned',
    'Odometer out',
    'Odometer back',
    'Distance',
    'Fuel out (%)',
    'Fuel back (%)',
    'Condition out',
    'Condition back',
    'Remarks out',
    'Remarks back',
  ],
  states: {
    requested: 'Waiting for approval',
    confirmed: 'Confirmed',
    checked_out: 'Out',
    late: 'Late',
    returned: 'Returned',
    rejected: 'Rejected',
    cancelled: 'Cancelled',
    expired: 'Expired',
    no_show: 'Not taken',
  },
  conditions: { good: 'Good', damaged: 'Damaged' },
  former: 'Former member',
}

const de: Words = {
  separator: ';',
  headings: [
    'Nummer',
    'Ressource',
    'Art',
    'Von',
    'Bis',
    'Zeitzone',
    'Status',
    'Person',
    'E-Mail',
    'Zweck',
    'Ausgegeben',
    'Zurückgegeben',
    'Kilometerstand Ausgabe',
    'Kilometerstand Rückgabe',
    'Strecke',
    'Tank Ausgabe (%)',
    'Tank Rückgabe (%)',
    'Zustand Ausgabe',
    'Zustand Rückgabe',
    'Bemerkung Ausgabe',
    'Bemerkung Rückgabe',
  ],
  states: {
    requested: 'Wartet auf Genehmigung',
    confirmed: 'Bestätigt',
    checked_out: 'Unterwegs',
    late: 'Überfällig',
    returned: 'Zurückgegeben',
    rejected: 'Abgelehnt',
    cancelled: 'Abgesagt',
    expired: 'Verfallen',
    no_show: 'Nicht abgeholt',
  },
  conditions: { good: 'Gut', damaged: 'Beschädigt' },
  former: 'Ehemaliges Mitglied',
}

export const words: Record<Language, Words> = { en, de }

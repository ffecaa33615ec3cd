import type { DisplayedState } from '../../shared/schemas/display.ts'

export type DisplayLanguage = 'en' | 'de'

interface Words extends Record<DisplayedState, string> {
  until: (time: string) => string
  next: (span: string) => string
  count: (free: number, all: number) => string
  more: string
  page: (at: number, of: number) => string
  connecting: string
  stale: (since: string) => string
  never: string
  gone: string
  none: string
}

const english: Words = {
  free: 'Free',
  taken: 'Taken',
  late: 'Late',
  out_of_use: 'Out of use',
  until: (time) => `until ${time}`,
  next: (span) => `Next: ${span}`,
  count: (free, all) => `${free} of ${all} free`,
  more: 'Not all are shown',
  page: (at, of) => `Page ${at} of ${of}`,
  connecting: 'Connecting…',
  stale: (since) => `No connection since ${since}. What is shown may be out of date.`,
  never: 'No connection yet. Trying again.',
  gone: 'This display was revoked. Open a new address to go on.',
  none: 'There is nothing to show. Who manages displays sees why in Campus.',
}

const german: Words = {
  free: 'Frei',
  taken: 'Belegt',
  late: 'Überfällig',
  out_of_use: 'Außer Betrieb',
  until: (time) => `bis ${time}`,
  next: (span) => `Danach: ${span}`,
  count: (free, all) => `${free} von ${all} frei`,
  more: 'Es werden nicht alle gezeigt',
  page: (at, of) => `Seite ${at} von ${of}`,
  connecting: 'Verbindung wird hergestellt …',
  stale: (since) => `Keine Verbindung seit ${since}. Die Anzeige ist vielleicht veraltet.`,
  never: 'Noch keine Verbindung. Es wird weiter versucht.',
  gone: 'Diese Anzeige wurde widerrufen. Weiter geht es mit einer neuen Adresse.',
  none: 'Es gibt nichts anzuzeigen. Warum, sieht in Campus, wer Anzeigen verwaltet.',
}

export const words: Record<DisplayLanguage, Words> = { en: english, de: german }

/** The display's language, or the browser's. */
export function chooseLanguage(chosen: DisplayLanguage | null | undefined): DisplayLanguage {
  return chosen ?? (/^de\b/i.test(navigator.language) ? 'de' : 'en')
}

import { describe, expect, it } from 'bun:test'
import { Glob } from 'bun'
import attachmentsDe from './locale/attachments/de.json'
import attachmentsEn from './locale/attachments/en.json'
import bookDe from './locale/book/de.json'
import bookEn from './locale/book/en.json'
import bookingsDe from './locale/bookings/de.json'
import bookingsEn from './locale/bookings/en.json'
import booksDe from './locale/books/de.json'
import booksEn from './locale/books/en.json'
import codeDe from './locale/code/de.json'
import codeEn from './locale/code/en.json'
import coursesDe from './locale/courses/de.json'
import coursesEn from './locale/courses/en.json'
import de from './locale/de.json'
import displaysDe from './locale/displays/de.json'
import displaysEn from './locale/displays/en.json'
import en from './locale/en.json'
import filesDe from './locale/files/de.json'
import filesEn from './locale/files/en.json'
import leavingDe from './locale/leaving/de.json'
import leavingEn from './locale/leaving/en.json'
import linksDe from './locale/links/de.json'
import linksEn from './locale/links/en.json'
import manageDe from './locale/manage/de.json'
import manageEn from './locale/manage/en.json'
import notificationsDe from './locale/notifications/de.json'
import notificationsEn from './locale/notifications/en.json'
import peopleDe from './locale/people/de.json'
import peopleEn from './locale/people/en.json'
import photoDe from './locale/photo/de.json'
import photoEn from './locale/photo/en.json'
import resourceDe from './locale/resource/de.json'
import resourceEn from './locale/resource/en.json'
import policyDe from './locale/policy/de.json'
import policyEn from './locale/policy/en.json'
import rulesDe from './locale/rules/de.json'
import rulesEn from './locale/rules/en.json'
import seriesDe from './locale/series/de.json'
import seriesEn from './locale/series/en.json'
import setupDe from './locale/setup/de.json'
import setupEn from './locale/setup/en.json'
import systemDe from './locale/system/de.json'
import systemEn from './locale/system/en.json'
import typesDe from './locale/types/de.json'
import typesEn from './locale/types/en.json'
import webhooksDe from './locale/webhooks/de.json'
import webhooksEn from './locale/webhooks/en.json'
import withdrawalDe from './locale/withdrawal/de.json'
import withdrawalEn from './locale/withdrawal/en.json'

const parts: [name: string, catalogues: Record<string, Record<string, string>>][] = [
  ['the console', { en, de }],
  ['files of bookings', { en: attachmentsEn, de: attachmentsDe }],
  ['bookings', { en: bookingsEn, de: bookingsDe }],
  ['the reading list', { en: booksEn, de: booksDe }],
  ['displays', { en: displaysEn, de: displaysDe }],
  ['files', { en: filesEn, de: filesDe }],
  ['leaving', { en: leavingEn, de: leavingDe }],
  ['links of mails', { en: linksEn, de: linksDe }],
  ['managing', { en: manageEn, de: manageDe }],
  ['notifications', { en: notificationsEn, de: notificationsDe }],
  ['people', { en: peopleEn, de: peopleDe }],
  ['a photo', { en: photoEn, de: photoDe }],
  ['a resource', { en: resourceEn, de: resourceDe }],
  ['rules', { en: rulesEn, de: rulesDe }],
  ['rules in words', { en: policyEn, de: policyDe }],
  ['series', { en: seriesEn, de: seriesDe }],
  ['setting up', { en: setupEn, de: setupDe }],
  ['codes', { en: codeEn, de: codeDe }],
  ['courses', { en: coursesEn, de: coursesDe }],
  ['the system', { en: systemEn, de: systemDe }],
  ['types', { en: typesEn, de: typesDe }],
  ['webhooks', { en: webhooksEn, de: webhooksDe }],
  ['withdrawals', { en: withdrawalEn, de: withdrawalDe }],
  ['the app for phones', { en: bookEn, de: bookDe }],
]
const names = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted()

async function readCode(): Promise<string> {
  const paths = await Array.fromAsync(new Glob('**/*.{ts,tsx}').scan(import.meta.dir))
  const own = paths.filter((path) => !/^(?:dist|node_modules)\//.test(path))
  return (
    await Promise.all(own.map((path) => Bun.file(`${import.meta.dir}/${path}`).text()))
  ).join()
}

describe.each(parts)('the catalogues of %s', (_, catalogues) => {
  const { en = {}, de = {} } = catalogues
  it('have the same keys in the same order', () => {
    expect(Object.keys(de)).toEqual(Object.keys(en))
    expect(Object.keys(en)).toEqual(Object.keys(en).toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it('have texts with the same placeholders', () => {
    for (const [key, text] of Object.entries(en)) {
      for (const catalogue of Object.values(catalogues)) {
        expect(catalogue[key]).not.toBeEmpty()
        expect([key, names(catalogue[key] ?? '')]).toEqual([key, names(text)])
      }
    }
  })

  it('use one word for one thing', () => {
    const others = {
      en: /sign(?:ed|ing)? (?:in|out)\b/i,
      de: /einlogg|auslogg|eingelogg|ausgelogg|login/i,
    }
    for (const [language, other] of Object.entries(others)) {
      const texts = Object.entries(catalogues[language] ?? {})
      expect(texts.filter(([, text]) => other.test(text))).toEqual([])
    }
  })

  it('have no unused texts', async () => {
    const code = await readCode()
    const isSaid = (key: string) => {
      const stem = key.replace(/_(?:one|other)$/, '')
      const families = [...stem.matchAll(/\./g)].map(({ index }) => stem.slice(0, index + 1))
      const isNamed = code.includes(`'${stem}'`)
      return isNamed || families.some((family) => code.includes(`\`${family}\${`))
    }
    expect(Object.keys(en).filter((key) => !isSaid(key))).toEqual([])
  })
})

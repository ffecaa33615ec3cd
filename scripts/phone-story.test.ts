import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test'
import type { Page } from 'playwright-core'
import { comeIn, phone } from './browser/phone.ts'
import {
  adminPassword,
  browserPath,
  openStage,
  signIn,
  type Stage,
  type Visitor,
} from './browser/stage.ts'
import { describeStores, type TestDatabase } from '../shared/testing/describe-stores.ts'
import { day_ms } from '../shared/duration.ts'

setDefaultTimeout(120_000)

const day = new Date(Date.now() + 20 * day_ms).toISOString().slice(0, 10)
const morning = { from: `${day}T09:00`, to: `${day}T11:00` }

/** What is free at a time, by type. */
const at = (type: string, span: Record<string, string>) =>
  `/book/new?${new URLSearchParams({ step: 'what', type, ...span })}`

describe.skipIf(!browserPath)('a room, from its first rules to a colleague', () => {
  describeStores('with a browser', (makeDatabase) => {
    let database: TestDatabase
    let stage: Stage
    let admin: Visitor
    let anna: Visitor
    let ben: Visitor
    beforeAll(async () => {
      database = await makeDatabase({ migrated: true })
      stage = await openStage({ DATABASE_URL: database.url })
      admin = await stage.visit()
      anna = await stage.visit(phone)
      ben = await stage.visit(phone)
      await signIn(admin.page, 'admin', adminPassword)
      await comeIn(anna.page, 'anna')
      await comeIn(ben.page, 'ben')
    })
    afterAll(async () => {
      await stage?.close()
      await database?.remove()
    })

    it('is added, and booked from a phone', async () => {
      await addRoom(admin.page)
      const { page } = anna
      await page.getByRole('link', { name: 'Book', exact: true }).tap()
      await page.getByLabel('From', { exact: true }).fill(morning.from)
      await page.getByLabel('Until').fill(morning.to)
      await page.getByRole('button', { name: 'What is free?' }).tap()
      await page.getByRole('button', { name: 'Meeting rooms' }).tap()
      await page.getByLabel('What for').fill('Stand-up')
      await page.getByRole('button', { name: /^Ada/ }).tap()
      await page.getByText('Booked.').waitFor()
    })

    it('is waited for by a colleague, who gets it once it is released', async () => {
      const { page } = ben
      await page.goto(at('Meeting room', morning))
      await page.getByText('All are taken').waitFor()
      await page.getByRole('button', { name: 'Book it for me when one is free' }).tap()
      await page.getByText('You are number 1 on the waiting list.').waitFor()
      await anna.page.getByRole('button', { name: 'Cancel', exact: true }).tap()
      await anna.page.getByRole('button', { name: 'Cancel booking' }).tap()
      await anna.page.getByText('Cancelled', { exact: true }).waitFor()
      await page.goto('/book')
      await page.getByRole('button', { name: 'Give back Ada' }).waitFor()
      // The waiting entry has taken it: for others it is not free.
      await anna.page.goto(at('Meeting room', morning))
      await anna.page.getByText('All are taken').waitFor()
    })

    it('then gets rules, is requested, and approved by one key', async () => {
      const { page } = admin
      await page.goto('/bookings/rules?for=Meeting%20room')
      await page.getByRole('button', { name: /^Ask first/ }).click()
      await page.getByRole('button', { name: 'Put these rules in force' }).click()
      await page.getByText('The rules of Meeting rooms are in force.').waitFor()
      await anna.page.goto(at('Meeting room', { from: `${day}T14:00`, to: `${day}T15:00` }))
      await anna.page.getByText('This has to be approved.').waitFor()
      await anna.page.getByRole('button', { name: /^Ada/ }).tap()
      await anna.page.getByText('Waiting for approval').waitFor()
      await page.getByRole('link', { name: /^Requests/ }).click()
      await page.getByRole('button', { name: 'Approve Meeting room' }).focus()
      await page.keyboard.press('a')
      await page.getByText('Nothing to decide').waitFor()
      await anna.page.reload()
      await anna.page.getByText('Confirmed').waitFor()
    })

    it('had no errors', () => {
      for (const { errors } of [admin, anna, ben]) expect(errors).toEqual([])
    })
  })
})

async function addRoom(page: Page): Promise<void> {
  await page.goto('/bookings/resources')
  await page.getByRole('button', { name: 'Add a type' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of one').fill('Meeting room')
  await dialog.getByLabel('Name of several').fill('Meeting rooms')
  await dialog.getByRole('button', { name: 'Add a type' }).click()
  await page.getByRole('button', { name: 'Add Meeting rooms' }).click()
  await dialog.getByLabel('Name').fill('Ada')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('link', { name: 'Ada' }).waitFor()
}

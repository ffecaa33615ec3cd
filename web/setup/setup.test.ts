import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { findViolations } from '../../scripts/browser/axe.ts'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { adminPassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import { addDays, toInputDate } from '../time.ts'

setDefaultTimeout(90_000)

// The next one: within office hours, and as far ahead as its rules allow.
const toMonday = (8 - new Date().getDay()) % 7 || 7
const monday = toInputDate(addDays(new Date(), toMonday))

describeInBrowser(
  'the first day of an administrator',
  (stage) => {
    let admin: Visitor
    beforeAll(async () => {
      admin = await stage.visit()
      await signIn(admin.page, 'admin', adminPassword)
    })

    it('begins in an empty system', async () => {
      const { page } = admin
      await page.goto('/bookings?view=week')
      await page.getByRole('link', { name: 'Set it up' }).click()
      await page.getByRole('button', { name: 'Cars With a plate and seats.' }).waitFor()
      expect(await findViolations(page)).toEqual([])
      await page.getByRole('button', { name: 'Cars With a plate and seats.' }).click()
      await page.getByLabel('Copied from a spreadsheet: Name, Plate, Seats').waitFor()
    })

    it('adds ten at once, once all of them are valid', async () => {
      const { page } = admin
      const field = page.getByLabel(/^Copied from a spreadsheet/)
      const rows = Array.from({ length: 10 }, (_, at) => `Car ${at + 1}\tK-AB ${at + 1}\t5`)
      await field.fill([...rows.slice(0, 9), 'Car 10\tK-AB 10\tfive'].join('\n'))
      await page.getByText('Seats is not a number.').waitFor()
      expect(await page.getByRole('button', { name: 'Add 10' }).isDisabled()).toBe(true)
      expect(await findViolations(page)).toEqual([])
      // Kept for a user who is interrupted.
      await page.reload()
      await page.getByText('Seats is not a number.').waitFor()
      await field.fill(rows.join('\n'))
      await page.getByRole('button', { name: 'Add 10' }).click()
      await page.getByText('10 are added.').waitFor()
    })

    it('shows what each looks like', async () => {
      const { page } = admin
      const photos = 'services/inventory/sample-photos'
      await page.getByRole('button', { name: 'Photo Car 2', exact: true }).click()
      await page.getByLabel('Choose or take a photo').setInputFiles(`${photos}/blue-skoda.webp`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.waitForFunction(() => {
        const image = document.querySelector<HTMLImageElement>('li img.photo')
        return image?.complete && image.naturalWidth > 0
      })
      expect(await findViolations(page)).toEqual([])
      const shots = process.env['SHOTS']
      if (shots) await page.screenshot({ path: `${shots}/setup-photos.png` })
      await page.getByRole('button', { name: 'Photos done' }).waitFor()
      await page.getByRole('button', { name: 'Go on' }).click()
    })

    it('sets rules by one click', async () => {
      const { page } = admin
      await page.getByText('Opening hours are in Europe/Berlin').waitFor()
      await page.getByRole('button', { name: /^Office hours/ }).click()
      await page.getByLabel('Email addresses, one a line').waitFor()
      await page.getByRole('button', { name: 'Opening hours and rules done' }).waitFor()
      const rules = await admin.context.newPage()
      await rules.goto('/bookings/rules')
      await rules.getByText('Open Mon–Fri 08:00–18:00 (Europe/Berlin).').waitFor()
      await rules.close()
    })

    it('invites colleagues, and keeps invalid addresses', async () => {
      const { page } = admin
      await page
        .getByLabel('Email addresses, one a line')
        .fill('Bernd Huber <a@example.org>, nobody@')
      await page.getByRole('button', { name: 'Invite 2' }).click()
      // No mail is set up.
      const link = await page.getByLabel('Link to pass on').inputValue()
      expect(new URL(link).pathname).toBe('/join')
      await page.getByText('This is no email address.').waitFor()
      // Unsent ones stay.
      expect(await page.getByLabel('Email addresses, one a line').inputValue()).toBe('nobody@')
      expect(await findViolations(page)).toEqual([])
      await page.getByRole('link', { name: 'To the calendar' }).click()
      await page.getByRole('row').filter({ hasText: 'Car 10' }).waitFor()
    })

    it('resumes where it was left, and skips optional steps', async () => {
      const { page } = admin
      await page.goto('/bookings/resources')
      await page.getByRole('link', { name: 'Set it up' }).click()
      await page.getByRole('button', { name: /^Rooms/ }).click()
      await page.getByRole('button', { name: 'Skip' }).click()
      await page.getByText('Nothing is added yet').waitFor()
      await page.getByRole('button', { name: 'Skip' }).click()
      await page.getByRole('button', { name: 'Without rules' }).click()
      await page.getByLabel('Email addresses, one a line').waitFor()
      expect(await page.getByRole('button', { name: 'Add them done' }).count()).toBe(0)
    })

    it('gives properties to lorries, which Campus knows, and corrects a name', async () => {
      const { page } = admin
      await page.goto('/bookings/setup')
      await page.getByRole('button', { name: 'Something else' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Name of one').fill('Lorry')
      await dialog.getByLabel('Name of several').fill('Lorries')
      await dialog.getByRole('button', { name: 'Add a property' }).click()
      await dialog.getByRole('textbox', { name: 'Property' }).fill('Paylod')
      await dialog.getByRole('button', { name: 'Add a type' }).click()
      await dialog.getByText('There is already a type of that name: Lorries.').waitFor()
      await dialog.getByRole('button', { name: 'Use it, with these properties' }).click()
      await page.getByLabel('Copied from a spreadsheet: Name, Paylod').fill('Lorry 1\t7500')
      await page.getByRole('button', { name: 'Add 1' }).click()
      await page.getByText('1 is added.').waitFor()

      await page.goto('/bookings/resources')
      await page.getByRole('button', { name: 'Edit Lorries' }).click()
      await dialog.getByRole('textbox', { name: 'Property' }).fill('Payload')
      await dialog.getByRole('button', { name: 'Add a property' }).click()
      await dialog.getByRole('textbox', { name: 'Property' }).last().fill('Plate')
      expect(await findViolations(page)).toEqual([])
      const shots = process.env['SHOTS']
      if (shots) await page.screenshot({ path: `${shots}/type-edit.png` })
      await dialog.getByRole('button', { name: 'Save' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Lorry 1' }).click()
      // The value is still there.
      await page.getByText('Payload').waitFor()
      await page.getByText('7500').or(page.getByText('7,500')).waitFor()
      await page.goto('/bookings/setup')
      await page.getByRole('button', { name: 'Lorries Part of Campus.' }).click()
      const field = page.getByLabel('Copied from a spreadsheet: Name, Payload, Plate')
      await field.fill('Name\tPayload\tNext inspection\nLorry 2\t7,500\t2027-03-01')
      await page.getByText('Not taken over: Next inspection.').waitFor()
      await page.getByRole('cell', { name: '7500' }).waitFor()
    })

    it('finds only what there is, in the order people count', async () => {
      const { page } = admin
      await page.goto(`/bookings/find?from=${monday}T09:00&to=${monday}T10:00`)
      const names = page.getByRole('main').locator('ul.rows b')
      await names.first().waitFor()
      const cars = Array.from({ length: 10 }, (_, at) => `Car ${at + 1}`)
      expect(await names.allInnerTexts()).toEqual(cars)
      const types = page.getByLabel('Kind').locator('option')
      expect(await types.allInnerTexts()).toEqual(['Cars', 'Lorries'])
      await page.goto(`/book/new?step=what&from=${monday}T09:00&to=${monday}T10:00`)
      await page.getByRole('button', { name: 'Lorries' }).waitFor()
      expect(await page.getByRole('button', { name: 'Runways' }).count()).toBe(0)
    })

    it('had no errors but the invalid address and the taken name', () => {
      expect(admin.errors).toEqual(['422 POST /api/invitations', '409 POST /api/resource_types'])
    })
  },
  { SAMPLE_DATA: 'false' },
)

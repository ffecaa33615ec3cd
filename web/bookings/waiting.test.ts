import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { samplePassword, signIn, type Visitor } from '../../scripts/browser/stage.ts'
import { addDays, toInputDate } from '../time.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

describeInBrowser('what is taken', (stage) => {
  let anna: Visitor
  let ben: Visitor
  beforeAll(async () => {
    anna = await stage.visit()
    ben = await stage.visit()
  })

  const search = ({ page }: Visitor) => {
    const query = new URLSearchParams({ from: '2035-05-08T09:00', to: '2035-05-08T12:00' })
    return page.goto(`/bookings/find?type=Car&${query}`)
  }
  const book = async ({ page }: Visitor) =>
    page.getByRole('dialog').getByRole('button', { name: 'Book', exact: true }).click()

  it('is joined from a refused booking, and gets the resource once it is released', async () => {
    await signIn(anna.page, 'anna', samplePassword)
    await signIn(ben.page, 'ben', samplePassword)
    // Both see it as free; only one gets it.
    for (const visitor of [anna, ben]) {
      await search(visitor)
      await visitor.page.getByRole('button', { name: 'Book Blue Skoda' }).click()
    }
    await book(anna)
    await anna.page.getByRole('dialog').waitFor({ state: 'detached' })
    await book(ben)
    await ben.page.getByRole('button', { name: 'Join the waiting list' }).waitFor()
    await ben.page.getByRole('button', { name: 'Join the waiting list' }).click()
    await ben.page.getByText('You are number 1 on the waiting list.').waitFor()
    await ben.page.goto('/bookings/waiting')
    await ben.page.getByText('Number 1 on the list').waitFor()
    await ben.page.getByText('Blue Skoda').first().waitFor()

    await anna.page.getByText('Blue Skoda is booked.').waitFor()
    await anna.page.getByRole('button', { name: 'Undo' }).click()
    await anna.page.getByText('Blue Skoda is booked.').waitFor({ state: 'detached' })
    await ben.page.reload()
    await ben.page.getByText('Booked for you').waitFor()
    expect(anna.errors).toEqual([])
  })

  it('is left by the user', async () => {
    const { page } = anna
    await page.goto('/bookings?type=Car&view=day&date=2035-05-08')
    await page.getByRole('button', { name: 'New booking' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('What', { exact: true }).selectOption({ label: 'Blue Skoda' })
    await dialog.getByLabel('From', { exact: true }).fill('2035-05-08T09:00')
    await dialog.getByLabel('To', { exact: true }).fill('2035-05-08T10:00')
    await book(anna)
    await page.getByRole('button', { name: 'Join the waiting list' }).click()
    await page.goto('/bookings/waiting')
    await page.getByRole('button', { name: 'Leave' }).click()
    await page.getByText('You are not waiting for anything').waitFor()
  })

  it("is joined from another's booking, unless it has rules", async () => {
    const ofAnna = await logIn(stage.url, 'anna', samplePassword)
    const day = toInputDate(addDays(new Date(), 40))
    const [from, to] = [`${day}T09:00:00Z`, `${day}T12:00:00Z`]
    const [car, truck] = [
      await findResource(ofAnna, 'Car', 'Blue Skoda'),
      await findResource(ofAnna, 'Truck', 'Truck 1'),
    ]
    const plain = { from_datetime: from, to_datetime: to, description: 'A trip' }
    const byRules = { items: [{ resource_id: truck.id }], title: 'A move', from, to }
    for (const made of [
      await ofAnna(`/api/resources/${car.id}/allocations`, plain),
      await ofAnna('/api/bookings', byRules),
    ]) {
      expect(made.status).toBe(201)
    }
    const { page } = ben
    const dialog = page.getByRole('dialog')
    const join = dialog.getByRole('button', { name: 'Join the waiting list' })
    const open = async (title: string) => {
      await page.locator(`.event[aria-label*="${title}"]`).click()
      await dialog.getByText('Only the user who booked it').waitFor()
    }
    await page.goto(`/bookings?view=day&date=${day}`)
    await open('A trip')
    await join.waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    // What has rules is known by now.
    await open('A move')
    expect(await join.count()).toBe(0)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await open('A trip')
    await join.click()
    await page.getByText('You are number 1 on the waiting list.').waitFor()
    await dialog.waitFor({ state: 'detached' })
  })
})

async function findResource(request: Requester, type: string, name: string): Promise<Resource> {
  const found = (await (await request(`/api/resources?type=${type}`)).json()) as Resource[]
  const one = found.find((it) => it.name === name)
  if (!one) throw new Error(`There is no ${name}`)
  return one
}

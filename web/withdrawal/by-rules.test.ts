import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { logIn, type Requester } from '../../scripts/browser/requester.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { ResourceType } from '../../shared/schemas/resource-type.ts'
import type { Resource } from '../../shared/schemas/resource.ts'

setDefaultTimeout(90_000)

const day = `${new Date().getFullYear() + 1}-06-10`
const at = (hour: number) => `${day}T${String(hour).padStart(2, '0')}:00:00.000Z`

describeInBrowser('bookings by rules of what goes out of service', (stage) => {
  async function made<T>(of: Requester, path: string, body: object): Promise<T> {
    const response = await of(path, body)
    expect([path, response.status]).toEqual([path, 201])
    return (await response.json()) as T
  }

  it('are moved or cancelled from the plan, until nothing is left', async () => {
    const [ofAdmin, ofAnna] = [
      await logIn(stage.url, 'admin', adminPassword),
      await logIn(stage.url, 'anna', samplePassword),
    ]
    const titlesOf = async ({ id }: Resource) => {
      const found = await ofAdmin(`/api/resources/${id}/allocations`)
      return ((await found.json()) as Allocation[]).map(({ description }) => description)
    }
    const type = { name: 'Delivery van' }
    const { segment } = await made<ResourceType>(ofAdmin, '/api/resource_types', type)
    const add = (name: string) =>
      made<Resource>(ofAdmin, '/api/resources', { name, resource_type: type.name })
    const book = ({ id }: Resource, [from, to]: [number, number], title: string) => {
      const item = { items: [{ resource_id: id }], title, from: at(from), to: at(to) }
      return made(ofAnna, '/api/bookings', item)
    }
    const [van, peer] = [await add('Van 1'), await add('Van 2')]
    await book(van, [7, 8], 'Bread')
    await book(van, [9, 10], 'Milk')
    await book(peer, [9, 11], 'Market')

    const { page, errors } = await stage.visit()
    await signIn(page, 'admin', adminPassword)
    await page.goto(`/bookings/${segment}/${van.id}/withdrawal`)
    await page.getByLabel('From').fill(`${day}T06:00`)
    await page.getByLabel('To', { exact: true }).fill(`${day}T20:00`)
    await page.getByRole('button', { name: 'Show the plan' }).click()
    const act = page.getByRole('button', { name: 'Take it out of service' })
    await act.click()
    await page.getByText('Van 1 is out of service in that time, except for 2 bookings.').waitFor()
    const row = (title: string) => page.getByRole('listitem').filter({ hasText: title })
    await row('Bread').getByRole('button', { name: /^Move/ }).click()
    await page.getByText('It has moved to Van 2.').waitFor()
    await page.getByRole('alert').getByText('times that others can book').waitFor()
    await page.getByText('1 booking stays').waitFor()
    expect(await titlesOf(peer)).toEqual(['Bread', 'Market'])
    await row('Milk').getByRole('button', { name: /^Move/ }).click()
    await page.getByText('Nothing else of its type is free then').waitFor()
    await row('Milk')
      .getByRole('button', { name: /^Cancel/ })
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel booking' }).click()
    await page.getByText('There are no bookings in that time.').waitFor()
    // What was around them is blocked already, and now the rest is, too.
    await act.click()
    await page.getByText('Van 1 is out of service in that time.', { exact: true }).waitFor()
    expect((await titlesOf(van)).filter(Boolean)).toEqual([])
    expect(errors).toEqual([])
  })
})

import { expect, it, setDefaultTimeout } from 'bun:test'
import { describeInBrowser } from '../../scripts/browser/describe-in-browser.ts'
import { readThrough } from '../../scripts/browser/every-page.ts'
import { adminPassword, samplePassword, signIn } from '../../scripts/browser/stage.ts'

setDefaultTimeout(90_000)

describeInBrowser('the page of a resource', (stage) => {
  async function logIn(username: string, password: string) {
    let authorization = ''
    const call = async <T>(method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json', authorization }
      const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) }
      const response = await fetch(stage.url + path, sent)
      expect([path, response.status < 300]).toEqual([path, true])
      return (response.status === 204 ? undefined : await response.json()) as T
    }
    const login = await call<{ access_token: string }>('POST', '/api/login', { username, password })
    authorization = `Bearer ${login.access_token}`
    return call
  }

  it('shows who had it, and what became of it', async () => {
    const admin = await logIn('admin', adminPassword)
    const anna = await logIn('anna', samplePassword)
    const { id } = await admin<{ id: string }>('POST', '/api/cars', { name: 'Old car' })
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()
    const path = `/api/cars/${id}/allocations`
    const book = (from: number, to: number, description: string) => {
      const body = { from_datetime: ago(from), to_datetime: ago(to), description }
      return anna<{ id: string }>('POST', path, body)
    }
    await book(50, 40, 'Trade fair')
    const given = await book(20, -5, 'Site visit')
    await anna('PATCH', `${path}/${given.id}`, { to_datetime: ago(-4) })
    await admin('DELETE', `${path}/${given.id}`)

    const { page, errors } = await stage.visit()
    await signIn(page, 'anna', samplePassword)
    await page.goto(`/bookings/cars/${id}`)
    await readThrough(page)
    const section = page.locator('section').filter({ hasText: 'Who had it' })
    await section.getByText('Trade fair').waitFor()
    await section.getByText(/released by admin/i).waitFor()
    const rows = await section.locator('li').allInnerTexts()
    expect(rows).toHaveLength(3)
    expect(rows[0]).toMatch(/anna.*Site visit[^]*released by Admin/i)
    expect(rows[1]).toMatch(/anna.*Site visit[^]*moved by anna/i)
    expect(rows[2]).not.toMatch(/ by /)
    expect(errors).toEqual([])
  })
})

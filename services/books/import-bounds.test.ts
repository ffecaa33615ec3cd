import { expect, it } from 'bun:test'
import type { Book, ImportReport } from '../../shared/schemas/book.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('an import without bounds of its own', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)
  const send = (type: string, body: string) =>
    call<ImportReport & { code?: string }>('POST', '/api/books/import', {
      body,
      headers: { 'content-type': type },
      as: 'anna',
    })
  const list = async () => (await call<Book[]>('GET', '/api/books?q=wide', { as: 'anna' })).body

  it('refuses excessive columns immediately', async () => {
    const columns = (count: number) => `title,author${',x'.repeat(count)}\n`
    const many = await send('text/csv', columns(100_000) + 'Wide one,A\n'.repeat(1000))
    expect([many.status, many.body.code]).toEqual([413, 'too_many_columns'])
    const endless = await send(
      'text/csv',
      columns(300_000) + 'title,author\nWide two,A\n'.repeat(10),
    )
    expect([endless.status, endless.body.code]).toEqual([400, 'csv_malformed'])
    const only = await send('text/csv', columns(300_000))
    expect([only.status, only.body.code]).toEqual([400, 'csv_malformed'])
    expect(await list()).toEqual([])
    const wide = await send(
      'text/csv',
      `${columns(198)}Wide three,A\nWide four,A${',x'.repeat(5000)}\n`,
    )
    expect(wide.body).toMatchObject({ imported: 2, skipped: 0 })
  })

  it('reads a first line without end once', async () => {
    const { status, body } = await send('text/csv', 'a'.repeat(256 * 1024))
    expect([status, body.code]).toEqual([400, 'csv_headings_missing'])
  })

  it('ends an endless list of empty items at the limit of books', async () => {
    const { status, body } = await send('application/json', `[${'{},'.repeat(299_999)}{}]`)
    expect([status, body.imported, body.skipped]).toEqual([200, 0, 50_001])
    expect(body.problems).toHaveLength(1001)
    expect(body.problems.at(-1)).toMatchObject({ line: 50_001, code: 'unreadable' })
  }, 60_000)
})

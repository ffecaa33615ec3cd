import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { join } from 'node:path'
import { campaignEnvironment, logIn } from './harness/administrator.ts'
import { installCheckout, type Checkout } from './harness/checkout.ts'
import { startSystem } from './harness/run-system.ts'
import { readWords, rename } from './new/words.ts'

const root = join(import.meta.dir, '..')

describe('bun run new service', () => {
  let checkout: Checkout

  beforeAll(async () => {
    checkout = await installCheckout(root)
    await run('git', 'init', '--quiet')
    await commit()
  }, 60_000)
  afterAll(() => checkout.remove(), 60_000)

  async function run(...command: string[]) {
    const child = Bun.spawn(command, {
      cwd: checkout.folder,
      // It is of these sources.
      env: { ...process.env, TEST_BINARY: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    return { code: await child.exited, text: output + errors }
  }

  async function commit() {
    await run('git', 'add', '--all')
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@test.example']
    await run('git', ...author, 'commit', '--quiet', '--message', 'all of it')
  }

  it('refuses an unusable name, and generates nothing', async () => {
    for (const [words, said] of [
      [[], 'Usage: bun run new service <name> [thing]'],
      [['service', 'Lost-Items'], '"Lost-Items" cannot be used: write one word of 4 to 30 letters'],
      [['service', 'books'], 'books is taken by services/books'],
      [['service', 'postgres'], 'postgres is taken by compose.yaml'],
      [['service', 'billing'], 'What is a resource of billing called?'],
      [['service', 'garage', 'car'], 'cars is taken by the path /api/cars'],
      [['service', 'delivery', 'order'], 'order is taken by JavaScript or SQL'],
      [['service', 'reading', 'page'], 'page is taken by what its own code uses'],
    ] as const) {
      const { code, text } = await run('bun', 'scripts/new.ts', ...words)
      expect(text).toContain(said)
      expect(code).toBeGreaterThan(0)
    }
    expect((await run('git', 'status', '--porcelain')).text).toBe('')
  }, 60_000)

  it('generates a service that passes all checks and tests on both databases', async () => {
    const made = await run('bun', 'run', 'new', 'service', 'errands')
    expect(made.text).toContain('services/errands is a service that keeps errands, at port')
    const again = await run('bun', 'run', 'new', 'service', 'parcels')
    expect(again.text).toContain('Commit or stash them first:')
    await commit()
    // A generated one is as good a neighbour as any other.
    expect((await run('bun', 'run', 'new', 'service', 'tools')).code).toBe(0)

    const [types, lint, format, tests, added] = await Promise.all([
      run('bunx', 'tsc', '--noEmit'),
      run('bunx', 'oxlint', '--deny-warnings'),
      run('bunx', 'oxfmt', '--check'),
      run('bun', 'test', '--timeout', '60000', ...testFiles),
      addOne(checkout.folder),
    ])
    for (const checked of [types, lint, format]) expect(checked).toMatchObject({ code: 0 })
    expect(tests.text).toContain('errands')
    expect(tests.code === 0 ? '' : tests.text.replace(/^\(pass\).*\n/gm, '')).toBe('')
    expect(added).toMatchObject([201, [{ title: 'Post the letters' }]])
  }, 600_000)
})

describe('the words of a new service', () => {
  const port = 3010
  const read = (service: string, thing?: string) =>
    readWords({ service, thing, port, isTaken: () => undefined })

  it('come from its name, or from what it keeps', () => {
    expect(read('errands')).toEqual({
      service: 'errands',
      thing: 'errand',
      things: 'errands',
      port,
    })
    expect(read('companies')).toMatchObject({ thing: 'company', things: 'companies' })
    expect(read('boxes')).toMatchObject({ thing: 'box', things: 'boxes' })
    expect(read('billing', 'invoice')).toMatchObject({ thing: 'invoice', things: 'invoices' })
    expect(() => read('glass')).toThrow('What is a resource of glass called?')
  })

  it('replace those of the template, in the same case, with the right article', () => {
    const text = "'Add a note' NoteRow notesMax DESK_URL fillDesk note_title"
    expect(rename(text, read('billing', 'invoice'))).toBe(
      "'Add an invoice' InvoiceRow invoicesMax BILLING_URL fillBilling invoice_title",
    )
  })
})

const testFiles = [
  'services/errands',
  'scripts/tidy.test.ts',
  'operator/operations.test.ts',
  'services/access.test.ts',
  'services/document.test.ts',
  'services/document-walk.test.ts',
]

/** Adds one to the running service. @returns the status and the resulting list */
async function addOne(folder: string): Promise<[number, { title: string }[]]> {
  const environment = { ...campaignEnvironment, SAMPLE_DATA: 'false' }
  const system = await startSystem({ folder, environment })
  try {
    const url = `${system.url}/api/errands`
    const headers = {
      authorization: await logIn(system.url),
      'content-type': 'application/json',
    }
    const body = JSON.stringify({ title: 'Post the letters' })
    const { status } = await fetch(url, { method: 'POST', headers, body })
    const list = await fetch(url, { headers })
    return [status, (await list.json()) as { title: string }[]]
  } finally {
    await system.stop()
  }
}

import { sql } from 'drizzle-orm'
import { simpleParser } from 'mailparser'
import type { Booking } from '../../shared/schemas/booking.ts'
import type { User } from '../../shared/schemas/user.ts'
import { createStores } from '@campus/store/open.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { startSmtp } from '../../shared/testing/smtp.ts'
import { productionEnvironment, readAuthorization, signUp } from '../harness/administrator.ts'
import { createCars } from '../harness/request.ts'
import { freePorts, startSystem } from '../harness/run-system.ts'
import { hour_ms } from '../../shared/duration.ts'

export interface TellingReport {
  rounds: number
  /** Acknowledged events, which must be notified. */
  happened: number
  /** Refused bookings, of which nobody may be notified. */
  refused: number
  told: number
  /** As many as are due: beyond ten waiting for a user, further ones are combined. */
  mails: number
  /** Mails sent again after a kill, with the same Message-ID. */
  repeated: number
  faults: string[]
}

interface TellingOptions {
  /** An empty database. */
  databaseUrl: string
  rounds: number
}

interface Happened {
  kind: string
  id: string
}

interface ToldRow {
  user_id: string
  kind: string
  subject: string
  digest: unknown
}

// A user keeps the newest thousand notifications: more rounds need more people.
const roundsPerPerson = 100
const perRound = 3
// Reading takes up to a second, notifying another: kills come within them.
const lifeMax_ms = 2500
const patience_ms = 90_000
const start = Date.parse('2033-01-01T00:00:00Z')

/**
 * Books for other users, changes and cancels, and kills notifications with SIGKILL at random
 * moments: while it reads, notifies, or sends mail. At the end every acknowledged event must be
 * notified once, no refused one, and each mailed at least once.
 */
export async function runTellingRounds(options: TellingOptions): Promise<TellingReport> {
  const { databaseUrl, rounds } = options
  const report = { rounds: 0, happened: 0, refused: 0, told: 0, mails: 0, repeated: 0 }
  const faults: string[] = []
  const happened: Happened[] = []
  const smtp = await startSmtp()
  const [PORT = '', own = ''] = freePorts(2)
  const settings = {
    ...productionEnvironment,
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: 'https://campus.test.example',
    SMTP_URL: smtp.url,
    MAIL_FROM: 'campus@test.example',
  }
  const parts = ['users', 'inventory', 'bookings']
  const others = await startSystem({ parts, environment: { ...settings, PORT } })
  const ways = { USERS_URL: others.url, INVENTORY_URL: others.url, BOOKINGS_URL: others.url }
  const startTelling = () =>
    startSystem({ parts: ['notifications'], environment: { ...settings, ...ways, PORT: own } })
  const urlOf = (service: string) => databaseUrl.replaceAll('{service}', service)

  async function ask<T>(request: string, body: object, as?: string) {
    const [method = '', path = ''] = request.split(' ')
    const authorization = as ?? (await readAuthorization(others.url))
    const headers = { authorization, 'content-type': 'application/json' }
    const init = { method, headers, ...(method !== 'GET' && { body: JSON.stringify(body) }) }
    const answer = await fetch(`${others.url}${path}`, init)
    return { status: answer.status, value: (await answer.json()) as T }
  }

  async function act(car: string, booked_for: string, turn: number): Promise<void> {
    const from = start + turn * hour_ms
    const span = { from: toTime(from), to: toTime(from + hour_ms / 2) }
    const body = { items: [{ resource_id: car }], title: `No. ${turn}`, booked_for, ...span }
    const made = await ask<Booking>('POST /api/bookings', body)
    if (made.status !== 201) return void faults.push(`a booking was answered ${made.status}`)
    const { id } = made.value
    happened.push({ kind: 'booking.confirmed', id })
    const again = await ask<Booking>('POST /api/bookings', { ...body, title: 'Refused' })
    if (again.status === 409) report.refused++
    const to = toTime(from + hour_ms * 0.75)
    const moved = await ask(`PATCH /api/bookings/${id}`, { to })
    if (moved.status === 200) happened.push({ kind: 'booking.changed', id })
    if (turn % 2 === 0) return
    const cancelled = await ask(`POST /api/bookings/${id}/cancel`, { reason: 'Not needed' })
    if (cancelled.status === 200) happened.push({ kind: 'booking.cancelled', id })
  }

  /** A user's notifications by kind and booking, with the combined mail they are part of. */
  async function readRows() {
    const stores = createStores()
    const store = await stores.open(urlOf('notifications'))
    const query = sql`SELECT user_id, kind, subject, digest FROM notifications
      WHERE kind LIKE 'booking.%'`
    const rows = await store.rows<ToldRow>(query)
    await stores.close()
    return rows
  }

  const toTold = ({ kind, subject }: ToldRow) => `${kind} ${subject}`

  async function countDue(): Promise<number> {
    const rows = await readRows()
    const shared = rows.filter(({ digest }) => digest !== null)
    const together = new Set(shared.map(({ user_id, digest }) => `${user_id} ${digest}`))
    return rows.length - shared.length + together.size
  }

  async function readMails() {
    const ours = smtp.mails.filter(({ headers }) => headers.includes('List-Unsubscribe:'))
    const parsed = await Promise.all(ours.map(({ source }) => simpleParser(source)))
    return parsed.map(({ messageId = '' }) => messageId)
  }

  async function audit(): Promise<void> {
    const expected = happened.map(({ kind, id }) => `${kind} ${id}`)
    const end = Date.now() + patience_ms
    const waitUntil = async (isThere: () => Promise<boolean>) => {
      while (!(await isThere()) && Date.now() < end) await Bun.sleep(500)
    }
    await waitUntil(async () => (await readRows()).length >= expected.length)
    // A mail in flight at a kill is due again after two minutes, and a combined one still collects:
    // this skips the wait.
    await changeByHand(urlOf('notifications'), 'UPDATE mails SET due = created')
    await waitUntil(async () => new Set(await readMails()).size >= (await countDue()))
    const told = (await readRows()).map(toTold)
    const [mails, due] = [await readMails(), await countDue()]
    faults.push(...differ('was not told', expected, told), ...differ('was told', told, expected))
    if (new Set(told).size !== told.length) faults.push('somebody was told twice')
    const distinct = new Set(mails).size
    if (distinct !== due) faults.push(`${distinct} mails, not ${due}`)
    Object.assign(report, { told: told.length, mails: distinct, repeated: mails.length - distinct })
  }

  let telling = await startTelling()
  try {
    const [path = ''] = await createCars(others.url, 1)
    const car = path.split('/').at(-1) ?? ''
    let person = ''
    while (report.rounds < rounds) {
      if (report.rounds % roundsPerPerson === 0) {
        const as = await signUp(others.url, `anna${report.rounds}`)
        person = (await ask<User>('GET /api/users/me', {}, as)).value.id
        await changeByHand(urlOf('users'), `UPDATE users SET verified_email = email`)
      }
      const life = Bun.sleep(Math.random() * lifeMax_ms)
      for (let one = 0; one < perRound; one++) {
        await act(car, person, report.rounds * perRound + one)
      }
      await life
      await telling.kill()
      telling = await startTelling()
      report.rounds++
    }
    await audit()
  } finally {
    await telling.stop()
    await others.stop()
    await smtp.close()
  }
  return { ...report, happened: happened.length, faults }
}

function differ(what: string, these: string[], those: string[]): string[] {
  const known = new Set(those)
  return these.filter((one) => !known.has(one)).map((one) => `${one} ${what}`)
}

function toTime(time_ms: number): string {
  return new Date(time_ms).toISOString()
}

import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { describeStores } from '../shared/testing/describe-stores.ts'
import { campaignEnvironment } from '../scripts/harness/administrator.ts'
import { startPair } from '../scripts/chaos/postgres-pair.ts'
import { freePorts, startSystem } from '../scripts/harness/run-system.ts'
import { commandOf } from '../scripts/harness/program.ts'

setDefaultTimeout(60_000)

describeStores('doctor', (makeDatabase) => {
  it('finds no fault before a start and beside a running system', async () => {
    const database = await makeDatabase()
    onTestFinished(database.remove)
    const [PORT = ''] = freePorts(1)
    const environment = { ...campaignEnvironment, PORT, DATABASE_URL: database.url }
    const before = await examine(environment)
    expect(before).toMatchObject({ code: 0, bad: '' })
    const folder = /^sqlite:(.+)\//.exec(database.url)?.[1]
    if (folder) expect(await readdir(folder)).toEqual([])

    const system = await startSystem({ environment })
    onTestFinished(system.kill)
    expect(await examine(environment)).toMatchObject({ code: 0, bad: '' })
  })
})

it('doctor says how to fix each fault, in a line each', async () => {
  const [port = ''] = freePorts(1)
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  onTestFinished(() => taken.stop(true))
  const { code, bad } = await examine({
    DATABASE_URL: `postgres://nobody:nothing@127.0.0.1:${port}/none`,
    USERS_URL: `http://127.0.0.1:${port}`,
    PORT: String(taken.port),
  })
  expect(code).toBe(1)
  expect(bad).toMatch(/port .*set PORT/)
  expect(bad).toMatch(/inventory: database .*unreachable/)
  expect(bad).toMatch(/users: address .*start users/)
  expect(bad).not.toContain('nothing')
})

it('doctor says what is sent by mail, and which time zone applies', async () => {
  const read = async (settings: Record<string, string>) => {
    const [PORT = ''] = freePorts(1)
    const { lines } = await examine({ ...campaignEnvironment, PORT, ...settings })
    return lines.filter((line) => /^ok {3}(mail|time zone)/.test(line)).join('\n')
  }
  const TIME_ZONE = 'Europe/Berlin'
  expect(await read({ TIME_ZONE })).toMatch(/mail .*set SMTP_URL.*\n.*time zone +Europe\/Berlin/)
  const mail = { SMTP_URL: 'smtp://u:secret@mail.example.org:25', MAIL_FROM: 'campus@example.org' }
  const set = await read({ ...mail, PUBLIC_URL: 'https://campus.example.org' })
  expect(set).toContain('by mail.example.org:25, from campus@example.org')
  expect(set).not.toContain('secret')
})

it('doctor says whether a read replica is a standby', async () => {
  const pair = await startPair()
  onTestFinished(pair.stop)
  const [PORT = ''] = freePorts(1)
  const environment = { ...campaignEnvironment, PORT, DATABASE_URL: pair.replicatedUrl }
  expect(await examine(environment)).toMatchObject({ code: 0, bad: '' })
  const { host } = new URL(pair.replicatedUrl)
  const itself = pair.replicatedUrl.replace(/replica=.*/, `replica=${host}`)
  const { code, bad } = await examine({ ...environment, INVENTORY_DATABASE_URL: itself })
  expect(code).toBe(1)
  expect(bad).toMatch(/^BAD +inventory: replica .*is no standby/)
})

async function examine(environment: Record<string, string>) {
  const child = Bun.spawn(commandOf('operator/doctor.ts'), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await child.stdout.text()
  const lines = text.split('\n').filter(Boolean)
  const bad = lines.filter((line) => !line.startsWith('ok')).join('\n')
  return { code: await child.exited, lines, bad }
}

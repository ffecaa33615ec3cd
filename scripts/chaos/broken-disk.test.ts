import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../harness/run-system.ts'
import { commandOf } from '../harness/program.ts'
import { spawnInventory } from './inventory.ts'
import { createCars, send } from '../harness/request.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(120_000)

// A file size limit makes writes fail like a broken disk, with an error other than that of a full
// one; and it can be lifted while the process runs.
const bounded = ['sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh']
const setLimit = (pid: number, bytes: string) =>
  Bun.spawnSync(['prlimit', '--pid', `${pid}`, `--fsize=${bytes}:unlimited`]).exitCode

it('an I/O error is named, and writing is not ready until a write succeeds', async () => {
  const { url, pid } = await start(bounded)
  const [car = ''] = await createCars(url, 1)
  expect(await readWriting(url)).toEqual(['ready', 'ok'])

  expect(setLimit(pid, '1')).toBe(0)
  await waitUntil('a write fails', async () => (await book(url, car)).status === 503)
  expect(await book(url, car)).toMatchObject({ status: 503, body: { code: 'storage_io_error' } })
  expect(await readWriting(url)).toEqual(['ready', 'failed'])
  expect((await send('GET', `${url}${car}`))?.status).toBe(200)

  expect(setLimit(pid, 'unlimited')).toBe(0)
  expect(await readWriting(url)).toEqual(['ready', 'ok'])
  expect((await book(url, car)).status).toBe(201)
})

it('log lines lost to a full disk are counted, without other effects', async () => {
  const { url } = await start(['sh', '-c', 'exec "$@" > /dev/full', 'sh'], { LOG_LEVEL: 'info' })
  const [car = ''] = await createCars(url, 1)
  for (let round = 0; round < 3; round++) {
    expect((await send('GET', `${url}${car}`))?.status).toBe(200)
    await Bun.sleep(100) // the log is written every 50 ms
  }
  const metrics = await (await fetch(`${url}/metrics`)).text()
  expect(Number(/^campus_log_lines_lost (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(2)
})

async function start(within: readonly string[], environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'campus-broken-'))
  const [PORT = ''] = freePorts(1)
  const { child } = spawnInventory(`sqlite:${folder}/{service}.sqlite`, { PORT, ...environment }, [
    ...within,
    ...commandOf('serve.ts'),
  ])
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child.exited
    rmSync(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${PORT}`
  await waitUntil('it is ready', async () => {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}`)
    return (await send('GET', `${url}/readyz`))?.status === 200
  })
  return { url, pid: child.pid }
}

let day = 0

async function book(url: string, car: string) {
  const time = (hour: number) => new Date(Date.UTC(2027, 0, ++day, hour)).toISOString()
  const body = { from_datetime: time(9), to_datetime: time(10) }
  const answer = await send('POST', `${url}${car}/allocations`, { body })
  return { status: answer?.status, body: answer?.body }
}

async function readWriting(url: string) {
  const answer = await fetch(`${url}/readyz`)
  const { status, checks } = (await answer.json()) as {
    status: string
    checks: Record<string, string>
  }
  return [status, checks['inventory: writing']]
}

import { mkdir } from 'node:fs/promises'
import { readAuthorization } from '../harness/administrator.ts'
import { createStock, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { ratioOf, takeTurns } from '../harness/turns.ts'
import { withBench, type Bench } from './bench.ts'
import { buildGoProgram } from './go-program.ts'
import { startPeer } from './peer.ts'
import { notRun, type Measurement, type Row } from './row.ts'

/** Uploads against the reference server of the tus protocol, each in one request. */
export const tusdRow: Row = {
  name: 'tusd',
  what: 'uploads of 20 kB, synced, against tusd, which syncs nothing',
  goal: { bound: 'at least', value: 0.5, unit: '' },
  measure: () => withBench(againstTusd),
}

const bytes = 20_000
const connections = 4
const practice = 2000
const perRound = 500
const rounds = 9

async function againstTusd(bench: Bench): Promise<Measurement> {
  const program = await buildGoProgram('tusd', 'github.com/tus/tusd/v2/cmd/tusd@v2.9.1')
  if (typeof program !== 'string') return notRun(program.why)
  const folder = `${bench.folder}/tusd`
  await mkdir(folder)
  const options = ['-host=127.0.0.1', '-port={port}', `-upload-dir=${folder}`, '-verbose=false']
  const tusd = await startPeer({
    command: [program, ...options],
    environment: {},
    alive: '/metrics',
  })
  bench.keep(tusd.stop)
  const { url } = await bench.start(['users', 'files'], { USER_QUOTA_BYTES: String(2 ** 42) })
  const authorization = await readAuthorization(url)
  const tus = {
    'tus-resumable': '1.0.0',
    'upload-length': String(bytes),
    'content-type': 'application/offset+octet-stream',
  }
  const contestants = [
    { name: 'files', send: () => post(`${url}/api/files?file_name=bench`, { authorization }) },
    { name: 'tusd', send: () => post(`${tusd.url}/files/`, tus) },
  ]
  const measure =
    (count: number) =>
    async ({ send }: { send: () => Promise<void> }) => {
      const begin = performance.now()
      await runClients(connections, createStock(count), send)
      return (count * 1000) / (performance.now() - begin)
    }
  await takeTurns(contestants, 1, measure(practice))
  const rates = await takeTurns(contestants, rounds, measure(perRound))
  const notes = contestants.map(
    ({ name }, at) => `${name} ${Math.round(median(rates[at] ?? []))}/s`,
  )
  return { value: ratioOf(rates), notes }
}

async function post(url: string, headers: Record<string, string>): Promise<void> {
  const body = crypto.getRandomValues(new Uint8Array(bytes))
  const answer = await fetch(url, { method: 'POST', headers, body })
  await answer.arrayBuffer()
  if (answer.status !== 201) throw new Error(`${url} was answered ${answer.status}`)
}

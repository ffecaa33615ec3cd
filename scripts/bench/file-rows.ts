import { readAuthorization, signUp } from '../harness/administrator.ts'
import { createStock, runClients } from '../harness/clients.ts'
import { median } from '../harness/figure.ts'
import { ratioOf, takeTurns } from '../harness/turns.ts'
import { readResident_mb } from './footprint-rows.ts'
import { startNginx } from './nginx.ts'
import { measureProcessor, readPlain } from './processor.ts'
import { notRun, type Measurement, type Row } from './row.ts'
import { withBench, type Bench } from './bench.ts'

/** Upload and download rates, against the bare runtime. */
export const fileRows: Row[] = [
  {
    name: 'upload',
    what: 'uploads over HTTP, hashed and synced, against plain `Bun.write` of the body',
    goal: { bound: 'at least', value: 0.7, unit: '' },
    measure: () => withBench(uploads),
  },
  {
    name: 'small',
    what: 'an upload of 1 kB by who owns 5,000 files, against the same by who owns none',
    goal: { bound: 'at most', value: 1.3, unit: '×' },
    measure: () => withBench(smallUploads),
  },
  {
    name: 'download',
    what: 'downloads over HTTP, against plain `Bun.file`',
    goal: { bound: 'at least', value: 0.9, unit: '' },
    measure: () => withBench(downloads),
  },
  {
    name: 'small-download',
    what: 'small downloads (20 kB) by a member, as many for their processor time as nginx has',
    goal: { bound: 'at least', value: 0.4, unit: '' },
    measure: () => withBench(smallDownloads),
  },
  {
    name: 'held',
    what: 'memory that 64 simultaneous uploads of 20 MB hold at their peak',
    goal: { bound: 'at most', value: 64, unit: ' MB' },
    measure: () => withBench(heldMemory),
  },
]

const uploadBytes = 20_000_000
// Large, as the first byte takes a millisecond or two, and this is about the others.
const downloadBytes = 100_000_000
const connections = 4
const rounds = 9
const filesPerRound = 12

interface Contestant {
  name: string
  size: number
  /** Transfers one file. @throws on an unexpected response */
  move: () => Promise<unknown>
}

async function start(bench: Bench) {
  const plain = await bench.startScript('plain-files', { FOLDER: `${bench.folder}/plain` })
  const { url, pids } = await bench.start(['users', 'files'], {
    USER_QUOTA_BYTES: String(2 ** 42),
  })
  const headers = { authorization: await readAuthorization(url) }
  const post = async (address: string, size = uploadBytes) => {
    const answer = await fetch(address, { method: 'POST', headers, body: freshBytes(size) })
    const text = await answer.text()
    if (answer.status !== 201) throw new Error(`An upload was answered ${answer.status}: ${text}`)
    return text
  }
  const upload = (size?: number) => post(`${url}/api/files?file_name=bench`, size)
  return { url, pids, headers, plain: plain.url, post, upload }
}

async function uploads(bench: Bench): Promise<Measurement> {
  const { plain, post, upload } = await start(bench)
  const size = uploadBytes
  return compareMoves([
    { name: 'files', size, move: () => upload() },
    { name: 'Bun.write', size, move: () => post(`${plain}/file`) },
    { name: 'Bun.write and fsync', size, move: () => post(`${plain}/synced`) },
  ])
}

const smallBytes = 1000
const smallFiles = 5000
const smallPerRound = 200

async function smallUploads(bench: Bench): Promise<Measurement> {
  const { upload } = await start(bench)
  const measure = async () => {
    const times: number[] = []
    for (let n = 0; n < smallPerRound; n++) {
      const begin = performance.now()
      await upload(smallBytes)
      times.push(performance.now() - begin)
    }
    return median(times)
  }
  await measure()
  const none = await measure()
  await runClients(16, createStock(smallFiles), () => upload(smallBytes))
  const many = await measure()
  return {
    value: many / none,
    notes: [`${none.toFixed(2)} ms with none, ${many.toFixed(2)} ms with ${smallFiles}`],
  }
}

async function downloads(bench: Bench): Promise<Measurement> {
  const { url, headers, plain, post, upload } = await start(bench)
  const size = downloadBytes
  const { file_hash } = JSON.parse(await upload(size)) as { file_hash: string }
  const path = encodeURIComponent(await post(`${plain}/file`, size))
  const get = async (address: string) => {
    const { status, body } = await fetch(address, { headers })
    let received = 0
    for await (const chunk of body ?? []) received += chunk.byteLength
    if (status !== 200 || received !== size) throw new Error(`A download was answered ${status}`)
  }
  return compareMoves([
    { name: 'files', size, move: () => get(`${url}/api/files/${file_hash}/content`) },
    { name: 'Bun.file', size, move: () => get(`${plain}/file?path=${path}`) },
  ])
}

const smallDownloadBytes = 20_000

async function smallDownloads(bench: Bench): Promise<Measurement> {
  const folder = `${bench.folder}/nginx`
  await Bun.write(`${folder}/file`, freshBytes(smallDownloadBytes))
  const nginx = await startNginx(folder)
  if (typeof nginx === 'string') return notRun(nginx)
  bench.keep(nginx.stop)
  const { url, pids } = await bench.start(['users', 'files'])
  const authorization = await signUp(url, 'reader')
  const answer = await fetch(`${url}/api/files?file_name=bench`, {
    method: 'POST',
    headers: { authorization },
    body: freshBytes(smallDownloadBytes),
  })
  const { file_hash } = (await answer.json()) as { file_hash: string }
  const content = `${url}/api/files/${file_hash}/content`
  const { costs_us, notes } = await measureProcessor([
    { name: 'files', pid: pids[0] ?? 0, ask: () => readPlain(content, { authorization }) },
    { name: 'nginx', pid: nginx.pid, ask: () => readPlain(`${nginx.url}/file`) },
  ])
  const [ours = NaN, theirs = NaN] = costs_us
  return { value: theirs / ours, notes }
}

const simultaneous = 64
const settle_ms = 3000

async function heldMemory(bench: Bench): Promise<Measurement> {
  const { pids, upload } = await start(bench)
  await upload()
  await Bun.sleep(settle_ms)
  const before = await readResident_mb(pids)
  let peak = before
  let isOver = false
  const watch = (async () => {
    while (!isOver) peak = Math.max(peak, await readResident_mb(pids))
  })()
  await runClients(simultaneous, createStock(simultaneous), () => upload())
  isOver = true
  await watch
  return { value: peak - before, notes: [`${Math.round(before)} MB before`] }
}

/** Alternately; the ratio of the first to the second counts. */
async function compareMoves(contestants: Contestant[]): Promise<Measurement> {
  await takeTurns(contestants, 1, moveMany)
  const rates = await takeTurns(contestants, rounds, moveMany)
  return {
    value: ratioOf(rates),
    notes: contestants.map(({ name }, at) => `${name} ${Math.round(median(rates[at] ?? []))} MB/s`),
  }
}

async function moveMany({ move, size }: Contestant): Promise<number> {
  const begin = performance.now()
  await runClients(connections, createStock(filesPerRound), move)
  return (filesPerRound * size) / 1000 / (performance.now() - begin)
}

const noise = crypto.getRandomValues(new Uint8Array(65_536))

// Never the same bytes twice: they would already be stored.
function freshBytes(size: number): Uint8Array<ArrayBuffer> {
  const fresh = new Uint8Array(size)
  for (let at = 0; at < size; at += noise.length) fresh.set(noise.subarray(0, size - at), at)
  crypto.getRandomValues(fresh.subarray(0, 16))
  return fresh
}

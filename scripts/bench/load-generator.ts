import { toReport, type LoadOrder } from './load.ts'
import { createTally } from '../harness/tally.ts'

// Books over keep-alive connections as fast as responses arrive, one request at a time on each. A
// process of its own on raw sockets, as its cost is taken from the service beside it: 8 µs a
// request, three quarters of it in the kernel.

interface Connection {
  sentAt: number
  /** The start of a response that arrived in pieces. */
  begin: Buffer | undefined
}

const order = JSON.parse(await Bun.stdin.text()) as LoadOrder
const { hostname, port, host } = new URL(order.url)
let tally = createTally()
let inFlight = 0
let ended = false

// One-minute spans in a century, at random: of 100,000 on one resource 0.2 % collide.
const firstDay = Date.parse('2030-01-01T00:00:00Z')
const days = Array.from({ length: 36_525 }, (_, day) =>
  new Date(firstDay + day * 86_400_000).toISOString().slice(0, 11),
)
const minutes = Array.from({ length: 1440 }, (_, minute) =>
  new Date(firstDay + minute * 60_000).toISOString().slice(11),
)
const heads = order.paths.map(
  (path) =>
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    (order.authorization ? `Authorization: ${order.authorization}\r\n` : '') +
    `Content-Length: ${writeBody(0, 0).length}\r\n\r\n`,
)

for (let count = 0; count < order.connections; count++) connect()
await Bun.sleep(order.warmUp_ms)
// Responses up to now are not counted.
tally = createTally()
const begin = performance.now()
await Bun.sleep(order.length_ms)
const report = toReport(tally, (performance.now() - begin) / 1000)
ended = true
// Requests in flight are completed: the service would report aborted ones as faults.
const giveUp = Date.now() + 2000
while (inFlight > 0 && Date.now() < giveUp) await Bun.sleep(5)
console.log(JSON.stringify(report))
process.exit(0)

function writeBody(day: number, minute: number): string {
  const from = `${days[day]}${minutes[minute]}`
  const to = `${days[day]}${minutes[minute + 1]}`
  return `{"from_datetime":"${from}","to_datetime":"${to}","description":"bench"}`
}

function connect(): void {
  Bun.connect<Connection>({
    hostname,
    port: Number(port),
    data: { sentAt: 0, begin: undefined },
    socket: {
      open: send,
      data: receive,
      // Some servers close after each response.
      close: () => (ended ? undefined : connect()),
      error: () => tally.add('broken', 0),
    },
  }).catch(() => {
    tally.add('refused', 0)
    setTimeout(connect, 10)
  })
}

function send(socket: Bun.Socket<Connection>): void {
  if (ended) return
  inFlight++
  const body = writeBody(pick(days.length), pick(minutes.length - 1))
  socket.data.sentAt = performance.now()
  socket.write(heads[pick(heads.length)] + body)
}

function receive(socket: Bun.Socket<Connection>, chunk: Buffer): void {
  const { begin } = socket.data
  const answer = begin ? Buffer.concat([begin, chunk]) : chunk
  if (!isWhole(answer)) {
    socket.data.begin = Buffer.from(answer)
    return
  }
  socket.data.begin = undefined
  inFlight--
  tally.add(answer.toString('latin1', 9, 12), performance.now() - socket.data.sentAt)
  send(socket)
}

function isWhole(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /content-length: *(\d+)/i.exec(answer.toString('latin1', 0, end))?.[1]
  // The last chunk of a chunked body is empty.
  if (length === undefined) return answer.toString('latin1', answer.length - 5) === '0\r\n\r\n'
  return answer.length >= end + 4 + Number(length)
}

function pick(count: number): number {
  return Math.floor(Math.random() * count)
}

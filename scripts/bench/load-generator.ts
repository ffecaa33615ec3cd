import { toReport, type LoadOrder } from './load.ts'
import { createTally } from '../harness/tally.ts'
import { createRequests } from './requests.ts'

// Books over keep-alive connections as fast as responses arrive, one request at a time on each. A
// process of its own on raw sockets, as its cost is taken from the service beside it: 8 µs a
// request, three quarters of it in the kernel.

interface Connection {
  sentAt: number
  /** The second of two requests that count as one. */
  isFollowing: boolean
  /** The start of a response that arrived in pieces. */
  begin: Buffer | undefined
}

const order = JSON.parse(await Bun.stdin.text()) as LoadOrder
const { hostname, port } = new URL(order.url)
const { make, follow } = createRequests(order)
let tally = createTally()
let inFlight = 0
let ended = false

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

function connect(): void {
  Bun.connect<Connection>({
    hostname,
    port: Number(port),
    data: { sentAt: 0, isFollowing: false, begin: undefined },
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
  socket.data.isFollowing = false
  socket.data.sentAt = performance.now()
  socket.write(make())
}

function receive(socket: Bun.Socket<Connection>, chunk: Buffer): void {
  const { begin } = socket.data
  const answer = begin ? Buffer.concat([begin, chunk]) : chunk
  if (!isWhole(answer)) {
    socket.data.begin = Buffer.from(answer)
    return
  }
  socket.data.begin = undefined
  const status = answer.toString('latin1', 9, 12)
  if (follow && status === '201' && !socket.data.isFollowing) {
    socket.data.isFollowing = true
    socket.write(follow(answer.toString('latin1')))
    return
  }
  inFlight--
  const isDone = socket.data.isFollowing && status === '200'
  tally.add(isDone ? '201' : status, performance.now() - socket.data.sentAt)
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

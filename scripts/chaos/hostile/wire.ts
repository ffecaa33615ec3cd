import { connect } from 'node:net'

/** One raw request: `fetch` would refuse to send much of what an attacker sends. */
export interface WireRequest {
  method: string
  /** As in the request line, with its query. */
  target: string
  /** Sent verbatim, in this order; `host`, and `content-length` for a body, are added. */
  headers: [name: string, value: string][]
  body?: Buffer
  /** Sends the body in this many pieces with a pause between them. */
  pieces?: number
  /** Ends the connection after this many bytes of the body. */
  cutAt?: number
}

export interface WireAnswer {
  /** 0 if the connection was closed without a response. */
  status: number
  type: string
  body: string
}

// Twice the timeout of a hop: a longer request hangs.
const patience_ms = 20_000
const pause_ms = 5

/**
 * Sends a request on its own connection and reads until the other side closes it.
 * @throws Error after 20 s
 */
export async function sendWire(port: number, request: WireRequest): Promise<WireAnswer> {
  const done = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const socket = connect(port, '127.0.0.1')
  const late = () => done.reject(new Error(`no end of the answer after ${patience_ms} ms`))
  const timer = setTimeout(late, patience_ms)
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    // An event stream never ends.
    if (/content-type: text\/event-stream/i.test(chunk.toString('latin1'))) socket.destroy()
  })
  // A server that refuses a body resets while we still write; its response counts.
  socket.on('error', () => {})
  socket.on('close', () => done.resolve(Buffer.concat(chunks).toString('latin1')))
  try {
    socket.write(toHead(request))
    for (const piece of toPieces(request)) {
      socket.write(piece)
      if (request.pieces) await Bun.sleep(pause_ms)
    }
    if (request.cutAt !== undefined) socket.end()
    return toAnswer(await done.promise)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function toHead({ method, target, headers, body }: WireRequest): Buffer {
  const framed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name))
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: campus.test',
    'connection: close',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body && !framed ? [`content-length: ${body.length}`] : []),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

function toPieces({ body = Buffer.alloc(0), pieces = 1, cutAt }: WireRequest): Buffer[] {
  if (cutAt !== undefined) return [body.subarray(0, cutAt)]
  const size = Math.max(1, Math.ceil(body.length / pieces))
  const count = Math.ceil(body.length / size)
  return Array.from({ length: count }, (_, at) => body.subarray(at * size, (at + 1) * size))
}

function toAnswer(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, end)
  const [, type = ''] = /^content-type: *([^\r;]*)/im.exec(head) ?? []
  return { status: Number(head.split(' ')[1] ?? 0), type, body: text.slice(end + 4) }
}

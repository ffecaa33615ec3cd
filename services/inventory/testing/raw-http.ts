import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  status: number
  /** By lower-case name; a repeated one is joined with commas. */
  headers: Map<string, string>
  body: string
}

// An answer that takes longer is a hang. Ten megabytes over loopback take a tenth of it.
const deadline_ms = 5000

/**
 * Sends bytes as they are to a local port and reads until the other side closes. What `fetch`
 * would refuse to send, or repair on the way (`..`, bad headers, a wrong length), arrives.
 * @throws Error when the answer does not end within 5 s
 */
export async function sendBytes(port: number, bytes: Uint8Array): Promise<RawAnswer> {
  const done = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  const late = () => done.reject(new Error(`No end of the answer after ${deadline_ms} ms`))
  const timer = setTimeout(late, deadline_ms)
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A server that refuses a body resets while we still write; what it answered counts.
  socket.on('error', () => {})
  socket.on('close', () => done.resolve(Buffer.concat(chunks).toString()))
  try {
    return toAnswer(await done.promise)
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function toAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase()
    const value = line.slice(line.indexOf(':') + 1).trim()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: text.slice(end + 4) }
}

/** One request that must be refused, and how. */
export interface BadRequest {
  /** The name of the test. */
  what: string
  /** What goes over the wire. */
  bytes: string | Uint8Array
  /** 0: the connection is closed without an answer. */
  status: number
  /** Our `code`. Undefined: Bun's HTTP server answers by itself and the host never sees it. */
  code: string | undefined
  /** Exactly the pointers in `errors`, in any order. */
  pointers?: string[]
  /** Exactly the `Allow` header. */
  allow?: string
}

export interface Parts {
  method?: string
  path?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** The things that exist, so that nothing is refused for want of them. */
export const ids = {
  car: '00000000-0000-7000-8000-00000000ca12',
  runway: '00000000-0000-7000-8000-000000002711',
  booking: '00000000-0000-7000-8000-00000000b001',
}
export const cars = '/api/cars'
export const car = `${cars}/${ids.car}`
export const runway = `/api/runways/${ids.runway}`
export const bookings = `${car}/allocations`
export const booking = `${bookings}/${ids.booking}`
/** The `Idempotency-Key` that the booking was made with. */
export const usedKey = 'used-before'

/** A span that is free in the fixture: what is wrong with a request is never the conflict. */
export const freeSpan = {
  from_datetime: '2031-01-01T00:00:00Z',
  to_datetime: '2031-01-02T00:00:00Z',
}

/** Writes a request as it goes over the wire, with the true length of its body. */
export function write({ method = 'GET', path = cars, headers = {}, body }: Parts): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0))
  const all = {
    host: 'localhost',
    connection: 'close',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(body !== undefined && { 'content-length': String(bytes.byteLength) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes])
}

export function get(path: string, headers: Record<string, string> = {}): Uint8Array {
  return write({ path, headers })
}

/** A POST of JSON; text is sent as it is. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return write({ method: 'POST', path, headers, body: text })
}

export function patch(path: string, body: unknown, headers: Record<string, string> = {}) {
  return write({ method: 'PATCH', path, headers, body: JSON.stringify(body) })
}

/** The same in chunks of 16 KB, without a length. */
export function postInChunks(path: string, body: string): Uint8Array {
  const size = 16_384
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, at) =>
    body.slice(at * size, (at + 1) * size),
  )
  const coded = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
  const headers = 'host: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n'
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${headers}transfer-encoding: chunked\r\n\r\n${coded}0\r\n\r\n`,
  )
}

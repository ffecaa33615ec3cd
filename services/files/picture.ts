/** The size of a picture, in pixels. */
export interface Picture {
  width: number
  height: number
}

type Found = Picture | 'type' | 'metadata'

/**
 * Parses a picture completely. Anything not known to affect only its looks counts as metadata:
 * EXIF, XMP, comments, a second picture, trailing bytes.
 * @returns `type` unless it is a complete JPEG, PNG or WebP
 */
export function readPicture(bytes: Uint8Array): Found {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (view.getUint16(0) === 0xffd8) return readJpeg(view)
    if (readText(view, 1, 3) === 'PNG') return readPng(view)
    if (readText(view, 0, 4) === 'RIFF' && readText(view, 8, 4) === 'WEBP') return readWebp(view)
  } catch (error) {
    // It ends within a part.
    if (!(error instanceof RangeError)) throw error
  }
  return 'type'
}

// ITU T.81 B.1.1.3: frames of all kinds, except three codes with another meaning.
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
// Segments about size and colour, with their length if fixed: JFIF without thumbnail, ICC
// (icc.1:2022 B.4), Adobe's colours. All others count as metadata.
const known = new Map<number, { name: string; length?: number }>([
  [0xe0, { name: 'JFIF\0', length: 16 }],
  [0xe2, { name: 'ICC_PROFILE\0' }],
  [0xee, { name: 'Adobe', length: 14 }],
])
const [startOfScan, endOfImage, comment] = [0xda, 0xd9, 0xfe]

function readJpeg(view: DataView): Found {
  let picture: Picture | undefined
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return 'type'
    const marker = view.getUint8(at + 1)
    if (marker === endOfImage) {
      if (at + 2 < view.byteLength) return 'metadata'
      return picture ?? 'type'
    }
    const next = at + 2 + view.getUint16(at + 2)
    if (next < at + 4) return 'type'
    if (marker === comment || tellsMore(view, at, marker)) return 'metadata'
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)]
      picture = larger(picture, { width, height })
    }
    at = marker === startOfScan ? skipScan(view, next) : next
  }
}

function tellsMore(view: DataView, at: number, marker: number): boolean {
  if (marker < 0xe0 || marker > 0xef) return false
  const part = known.get(marker)
  if (!part || readText(view, at + 4, part.name.length) !== part.name) return true
  return part.length !== undefined && view.getUint16(at + 2) !== part.length
}

/** Skips scan data up to the next marker outside of it. */
function skipScan(view: DataView, from: number): number {
  for (let at = from; ; at++) {
    if (view.getUint8(at) !== 0xff) continue
    const next = view.getUint8(at + 1)
    const isDrawn = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7)
    if (!isDrawn) return at
  }
}

// W3C PNG, third edition: chunks that affect its looks. Text, time, EXIF and animations do not.
const chunks = new Set(
  'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP'.split(' '),
)

function readPng(view: DataView): Found {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) return 'type'
  if (readText(view, 12, 4) !== 'IHDR') return 'type'
  const picture = { width: view.getUint32(16), height: view.getUint32(20) }
  for (let at = 8; ;) {
    const name = readText(view, at + 4, 4)
    if (!chunks.has(name)) return 'metadata'
    const next = at + 12 + view.getUint32(at)
    if (next > view.byteLength) return 'type'
    if (name === 'IEND') return next === view.byteLength ? picture : 'metadata'
    at = next
  }
}

// RFC 9649 2.5 to 2.7.
function readWebp(view: DataView): Found {
  if (view.getUint32(4, true) + 8 !== view.byteLength) return 'metadata'
  let picture: Picture | undefined
  for (let at = 12; at < view.byteLength;) {
    const name = readText(view, at, 4)
    const size = view.getUint32(at + 4, true)
    const read = { VP8X: readCanvas, 'VP8 ': readLossy, VP8L: readLossless }[name]
    if (read) picture = larger(picture, read(view, at + 8))
    else if (name !== 'ALPH' && name !== 'ICCP') return 'metadata'
    at += 8 + size + (size % 2)
    if (at > view.byteLength) return 'type'
  }
  return picture ?? 'type'
}

// Headers and image data may differ in size.
function larger(a: Picture | undefined, b: Picture): Picture {
  const { width = 0, height = 0 } = a ?? {}
  return { width: Math.max(width, b.width), height: Math.max(height, b.height) }
}

const read24 = (view: DataView, at: number) =>
  view.getUint16(at, true) + (view.getUint8(at + 2) << 16)

function readCanvas(view: DataView, at: number): Picture {
  return { width: read24(view, at + 4) + 1, height: read24(view, at + 7) + 1 }
}

function readLossy(view: DataView, at: number): Picture {
  const side = (from: number) => view.getUint16(from, true) & 0x3fff
  return { width: side(at + 6), height: side(at + 8) }
}

function readLossless(view: DataView, at: number): Picture {
  const bits = view.getUint32(at + 1, true)
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
}

function readText(view: DataView, at: number, length: number): string {
  return Array.from({ length }, (_, to) => String.fromCharCode(view.getUint8(at + to))).join('')
}

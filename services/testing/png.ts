import { crc32, deflateSync } from 'node:zlib'

type Chunk = [name: string, data: Uint8Array]

/** A grey picture of its own size; with a chunk of another kind before its end, if one is given. */
export function toPng(width: number, height: number, added?: Chunk): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8 // bits of a grey
  const pixels = deflateSync(new Uint8Array((width + 1) * height))
  const chunks: Chunk[] = [
    ['IHDR', header],
    ['IDAT', pixels],
    ...(added ? [added] : []),
    ['IEND', Buffer.alloc(0)],
  ]
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, ...chunks.map(toChunk)])
}

function toChunk([name, data]: Chunk): Buffer {
  const named = Buffer.concat([Buffer.from(name), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}

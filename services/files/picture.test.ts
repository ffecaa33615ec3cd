import { describe, expect, it } from 'bun:test'
import { Glob } from 'bun'
import { toPng } from '../testing/png.ts'
import { readPicture } from './picture.ts'

const text = (value: string) => [...new TextEncoder().encode(value)]
const segment = (marker: number, data: number[]) => {
  const length = data.length + 2
  return [0xff, marker, length >> 8, length & 0xff, ...data]
}
const frame = (width: number, height: number, marker = 0xc0) =>
  segment(marker, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 1, 1, 0x11, 0])
const scan = [...segment(0xda, [1, 1, 0, 0, 63, 0]), 0x12, 0xff, 0, 0xff, 0xd0, 0x34]
const jfif = segment(0xe0, [...text('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0])
const exif = segment(0xe1, text('Exif\0\0GPS'))

const read = (...parts: number[][]) => readPicture(new Uint8Array(parts.flat()))
const jpeg = (...parts: number[][]) => read([0xff, 0xd8], ...parts, [0xff, 0xd9])

const chunk = (name: string, data: number[]) => {
  const size = [data.length & 0xff, data.length >> 8, 0, 0]
  return [...text(name), ...size, ...data, ...(data.length % 2 ? [0] : [])]
}
const webp = (...chunks: number[][]) => {
  const body = [...text('WEBP'), ...chunks.flat()]
  return read(text('RIFF'), [body.length & 0xff, body.length >> 8, 0, 0], body)
}
// 3 by 2 pixels, in 14 bits each, minus one.
const lossless = chunk('VP8L', [0x2f, 2, 0x40, 0, 0, 0])
const canvas = (width: number) => chunk('VP8X', [0, 0, 0, 0, width - 1, 0, 0, 1, 0, 0])

describe('a picture', () => {
  it('has the size it is drawn in', () => {
    expect(jpeg(jfif, frame(300, 2), scan)).toEqual({ width: 300, height: 2 })
    const color = segment(0xe2, text('ICC_PROFILE\0 1'))
    expect(jpeg(color, frame(3, 2, 0xc2), scan, scan)).toEqual({ width: 3, height: 2 })
    // Either of two frames may be drawn.
    expect(jpeg(frame(3, 900), frame(800, 2), scan)).toEqual({ width: 800, height: 900 })
    expect(readPicture(toPng(70_000, 1))).toEqual({ width: 70_000, height: 1 })
    expect(webp(lossless)).toEqual({ width: 3, height: 2 })
    expect(webp(canvas(200), lossless)).toEqual({ width: 200, height: 2 })
  })

  it('has no metadata in any part', () => {
    for (const found of [
      jpeg(jfif, exif, frame(3, 2), scan),
      jpeg(frame(3, 2), scan, exif, scan),
      jpeg(segment(0xed, text('Photoshop 3.0')), frame(3, 2), scan),
      jpeg(segment(0xfe, text('By Anna')), frame(3, 2), scan),
      // A small picture within it.
      jpeg(
        segment(0xe0, [...text('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 1, 1, 9, 9, 9]),
        frame(3, 2),
        scan,
      ),
      jpeg(segment(0xee, text('Adobe, by Anna')), frame(3, 2), scan),
      // Names that begin like known ones.
      jpeg(segment(0xe2, text('MPF\0')), frame(3, 2), scan),
      jpeg(segment(0xe0, text('JFXX\0')), frame(3, 2), scan),
      read([0xff, 0xd8], frame(3, 2), scan, [0xff, 0xd9], text('52.5 N')),
      readPicture(toPng(3, 2, ['eXIf', new Uint8Array(4)])),
      readPicture(toPng(3, 2, ['iTXt', new Uint8Array(4)])),
      readPicture(Buffer.concat([toPng(3, 2), Buffer.from('after it')])),
      webp(lossless, chunk('EXIF', [1, 2])),
      webp(lossless, chunk('XMP ', [1, 2, 3])),
      webp(canvas(3), chunk('ANMF', [1, 2])),
      read(text('RIFF'), [4, 0, 0, 0], text('WEBP'), lossless),
    ]) {
      expect(found).toBe('metadata')
    }
  })

  it('is complete, and nothing else', () => {
    const whole = [[0xff, 0xd8], jfif, frame(3, 2), scan].flat()
    for (let length = 0; length < whole.length; length++) {
      expect(read(whole.slice(0, length))).toBe('type')
    }
    const png = toPng(3, 2)
    for (let length = 0; length < png.length; length++) {
      expect(readPicture(png.slice(0, length))).toBe('type')
    }
    for (const found of [
      jpeg(jfif),
      jpeg([0xff, 0xc0, 0, 1]),
      jpeg([1, 2, 3]),
      webp(),
      webp(text('VP8L').concat([0xff, 0xff, 0xff, 0xff])),
      read(text('<svg xmlns="http://www.w3.org/2000/svg"/>')),
      read(text('GIF89a'), [1, 0, 1, 0, 0, 0, 0]),
      read(text('RIFF\0\0\0\0AVI ')),
    ]) {
      expect(found).toBe('type')
    }
  })

  it('includes those made by browsers', async () => {
    const folder = `${import.meta.dir}/../../docs/screenshots`
    const names = await Array.fromAsync(new Glob('*-light.webp').scan(folder))
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) {
      const bytes = await Bun.file(`${folder}/${name}`).bytes()
      expect(readPicture(bytes)).toEqual({ width: 1280, height: 860 })
    }
  })
})

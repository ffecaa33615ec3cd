import {
  photoBytesMax,
  photoSideMax_px,
  type NewPhotoPin,
  type PinnedPhoto,
} from '../../shared/schemas/file-pin.ts'
import type { Contents } from './contents.ts'
import type { Files } from './files.ts'
import { readPicture } from './picture.ts'
import type { Pins } from './pins.ts'

/** Photos shown to many people: small, of a known type, and without metadata. */
export function createPhotos({
  files,
  pins,
  contents,
}: {
  files: Pick<Files, 'findOf' | 'findAnybodys'>
  pins: Pick<Pins, 'pinPhoto'>
  contents: Pick<Contents, 'open'>
}) {
  /** An owner must have it, even an administrator. The bytes of a hash never change. */
  async function pin(asked: NewPhotoPin): Promise<PinnedPhoto> {
    const { owner, file_hash } = asked
    const file = await (owner === undefined
      ? files.findAnybodys(file_hash)
      : files.findOf(owner, file_hash))
    if (!file) return { fault: 'missing' }
    if (file.size > photoBytesMax) return { fault: 'size' }
    const { bytes } = await contents.open(file_hash)
    const picture = readPicture(await new Response(bytes.stream()).bytes())
    if (typeof picture === 'string') return { fault: picture }
    if (Math.max(picture.width, picture.height) > photoSideMax_px) return { fault: 'size' }
    return { fault: (await pins.pinPhoto(asked)) ? null : 'missing' }
  }

  return { pin }
}

// What shows a scratch, at a tenth of what a camera makes of it.
const evidence = { longest_px: 1600, quality: 0.85 }

/**
 * A photo as it is kept: no larger than is looked at, and without what a camera adds to it, such as
 * where it was taken. What no browser can draw stays as it is.
 */
export async function shrinkPhoto(file: File, size = evidence): Promise<File> {
  const { longest_px, quality } = size
  const image = await createImageBitmap(file).catch(() => undefined)
  if (!image) return file
  const scale = Math.min(1, longest_px / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(image.width * scale)
  canvas.height = Math.round(image.height * scale)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  image.close()
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
  if (!blob) return file
  const name = `${file.name.replace(/\.\w+$/, '')}.jpg`
  // The same photo is the same upload, so that one which was cut goes on.
  return new File([blob], name, { type: blob.type, lastModified: file.lastModified })
}

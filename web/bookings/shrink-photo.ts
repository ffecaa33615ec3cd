// Shows a scratch, at a tenth of a camera's file size.
const evidence = { longest_px: 1600, quality: 0.85 }

/**
 * A photo as stored: no larger than it is viewed, and without the camera's metadata, such as the
 * location. A file that browsers cannot draw is unchanged.
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
  // The same photo yields the same upload, so that an interrupted one resumes.
  return new File([blob], name, { type: blob.type, lastModified: file.lastModified })
}

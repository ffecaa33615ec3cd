import { ProblemError } from '../../shared/problem.ts'

// The headers of tus 1.0.0 (tus.io/protocols/resumable-upload).

export const tusVersion = '1.0.0'
export const tusExtensions = 'creation,checksum,expiration,termination'
const checksumAlgorithms = ['sha256', 'sha1', 'md5'] as const
export const tusChecksumAlgorithms = checksumAlgorithms.join(',')
/** The content type of a PATCH. */
export const tusContentType = 'application/offset+octet-stream'

type Headers = Record<string, string | undefined>

export interface Checksum {
  algorithm: (typeof checksumAlgorithms)[number]
  digest: Buffer
}

/** @throws 412 unless the client uses our version */
export function requireTus(headers: Headers): void {
  if (headers['tus-resumable'] === tusVersion) return
  throw new ProblemError({
    status: 412,
    code: 'tus_version',
    detail: `Send Tus-Resumable: ${tusVersion}.`,
    headers: { 'tus-version': tusVersion },
  })
}

/** A number of bytes in a header. @throws 400 if it is missing or not a whole number */
export function readCount(headers: Headers, name: 'Upload-Length' | 'Upload-Offset'): number {
  const text = headers[name.toLowerCase()] ?? ''
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw badHeader(name, 'must be a whole number of bytes')
}

/** Parses `Upload-Metadata`: keys with Base64 values. @throws 400 if invalid */
export function readMetadata(header: string): Map<string, string> {
  if (header.length > metadataLengthMax) {
    throw badHeader('Upload-Metadata', `may have at most ${metadataLengthMax} characters`)
  }
  const pairs = header === '' ? [] : header.split(',').map((pair) => pair.trim())
  return new Map(
    pairs.map((pair) => {
      const [, key = '', value = ''] = /^([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?$/.exec(pair) ?? []
      if (key === '') throw badHeader('Upload-Metadata', 'must be keys with Base64 values')
      return [key, Buffer.from(value, 'base64').toString()]
    }),
  )
}

// Room for a long name in Base64, and a few more fields.
const metadataLengthMax = 4096

/** Parses `Upload-Checksum`. @throws 400 for an unsupported algorithm or an invalid digest */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined
  const [name, digest = ''] = header.split(' ')
  const algorithm = checksumAlgorithms.find((one) => one === name)
  if (algorithm && /^[A-Za-z0-9+/]+={0,2}$/.test(digest)) {
    return { algorithm, digest: Buffer.from(digest, 'base64') }
  }
  throw badHeader('Upload-Checksum', `must be one of ${tusChecksumAlgorithms} and a Base64 digest`)
}

/** @throws 415 unless the content type is that of an upload */
export function requireTusContent(headers: Headers): void {
  if (headers['content-type']?.toLowerCase() === tusContentType) return
  throw new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    detail: `Send the bytes as ${tusContentType}.`,
  })
}

/** 460, as defined by tus: the bytes do not match their checksum. */
export function checksumMismatch(): ProblemError {
  return new ProblemError({
    status: 460,
    code: 'checksum_mismatch',
    detail: 'The bytes do not match the checksum and were discarded. Send them again.',
  })
}

function badHeader(name: string, rule: string): ProblemError {
  return new ProblemError({ status: 400, code: 'header_invalid', detail: `${name} ${rule}.` })
}

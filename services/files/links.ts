import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError, unavailable } from '../../shared/problem.ts'
import { FileHash, type FileLink, type NewFileLink } from '../../shared/schemas/file.ts'
import type {
  FilePinQuery,
  PhotoLinks,
  PhotoQuery,
  PinnedFileLink,
} from '../../shared/schemas/file-pin.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import type { UsersApi } from '../users/index.ts'
import type { Downloadable } from './download.ts'
import { toFileName } from './file-name.ts'
import type { Files, FileChoice } from './files.ts'
import type { Pins } from './pins.ts'
import { minute_ms } from '../../shared/duration.ts'

const validFor_s = 24 * 60 * 60
// For immediate viewing. The booking or handover provides new ones.
const pinValidFor_ms = 15 * minute_ms

/** The content of a link: the record it opens, or the thing it is part of, and its expiry. */
const OfRecord = Type.Object({ hash: FileHash, owner: Type.String(), expires: Type.Integer() })
const OfHolder = Type.Object({
  hash: FileHash,
  holder: Id,
  expires: Type.Integer(),
  /** Its name there. */
  name: Type.Optional(Type.String()),
})
const Claim = Type.Union([OfRecord, OfHolder])
type Claim = Static<typeof Claim>

/** Links that open one file without a token until they expire, or the record is deleted. */
export function createLinks(
  { secret, clock, client }: Context,
  { files, pins }: { files: Files; pins: Pins },
) {
  const links = createSealedTokens(secret, 'file links')

  async function create(
    choice: FileChoice,
    { expires_in = validFor_s }: NewFileLink,
  ): Promise<FileLink> {
    const file = await files.find(choice)
    const expires = clock() + expires_in * 1000
    return toLink({ hash: file.file_hash, owner: file.owner, expires })
  }

  /** For files pinned by one holder; others are ignored. */
  async function createPinned({
    holder,
    hashes,
    names = [],
  }: FilePinQuery): Promise<PinnedFileLink[]> {
    const expires = clock() + pinValidFor_ms
    const found = await pins.list(holder, hashes)
    return found.map(({ file_hash }) => {
      const name = names[hashes.indexOf(file_hash)]
      const claim = { hash: file_hash, holder, expires, ...(name !== undefined && { name }) }
      return { file_hash, ...toLink(claim) }
    })
  }

  /**
   * For those of the photos that are pinned. Within 15 minutes the links of one stay the same, so
   * that browsers can cache it.
   */
  async function createOfPhotos({ pins: asked }: PhotoQuery): Promise<PhotoLinks> {
    const expires = (Math.floor(clock() / pinValidFor_ms) + 2) * pinValidFor_ms
    const found = await pins.listPhotos(asked)
    return found.map(({ holder, file_hash: hash }) => {
      return { holder, ...toLink({ hash, holder, expires }) }
    })
  }

  function toLink(claim: Claim): FileLink {
    const payload = Buffer.from(JSON.stringify(claim)).toString('base64url')
    const url = `/api/files/links/${links.write([payload])}`
    return { url, expires: toInstant(claim.expires) ?? '' }
  }

  /** Whether an account may still share its files. @throws 503 while users is unavailable */
  async function isInUse(owner: string): Promise<boolean> {
    const { data } = await client<UsersApi>('users').api.users.groups.post({ ids: [owner] })
    if (!data) throw unavailable('users_unavailable', 'The link cannot be checked. Retry.')
    return data.some(({ disabled }) => !disabled)
  }

  /**
   * @throws 404 for a foreign or expired link, a deleted file or an inactive owner, all alike; 503
   * while users is unavailable
   */
  async function open(link: string): Promise<Downloadable> {
    const [payload, ...more] = links.read(link) ?? []
    if (payload === undefined || more.length > 0) throw noLink()
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (!Value.Check(Claim, claim) || claim.expires <= clock()) throw noLink()
    const found = await ('holder' in claim ? findPinned(claim) : findRecord(claim))
    if (!found) throw noLink()
    return { ...found, cacheFor_s: Math.floor((claim.expires - clock()) / 1000) }
  }

  async function findRecord({ owner, hash }: Static<typeof OfRecord>) {
    const found = await files.findOf(owner, hash)
    return found && (await isInUse(owner)) ? found : undefined
  }

  async function findPinned({ holder, hash, name }: Static<typeof OfHolder>) {
    const [found] = await pins.list(holder, [hash])
    return found && { ...found, file_name: toFileName(name ?? hash.slice(0, 12)) }
  }

  return { create, createPinned, createOfPhotos, open }
}

function noLink(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'link_not_found',
    detail: 'The link is invalid or has expired, or its file was deleted. Ask for a new one.',
  })
}

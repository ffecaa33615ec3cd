import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError, unavailable } from '../../shared/problem.ts'
import { FileHash, type FileLink, type NewFileLink } from '../../shared/schemas/file.ts'
import { createSealedTokens } from '../../shared/sealed-token.ts'
import type { UsersApi } from '../users/index.ts'
import type { Files, FileChoice } from './files.ts'
import type { FileRow } from './tables.ts'

const validFor_s = 24 * 60 * 60

/** What a link says: whose record it opens, until when. */
const Claim = Type.Object({ hash: FileHash, owner: Type.String(), expires: Type.Integer() })

/** Links that open one file without a token until they expire, or until the record is deleted. */
export function createLinks({ secret, clock, client }: Context, files: Files) {
  const links = createSealedTokens(secret, 'file links')

  async function create(
    choice: FileChoice,
    { expires_in = validFor_s }: NewFileLink,
  ): Promise<FileLink> {
    const file = await files.find(choice)
    const expires = clock() + expires_in * 1000
    const claim = { hash: file.file_hash, owner: file.owner, expires }
    const payload = Buffer.from(JSON.stringify(claim)).toString('base64url')
    return {
      url: `/api/files/links/${links.write([payload])}`,
      expires: toInstant(expires) ?? '',
    }
  }

  /** Whether an account may still give its files away. @throws 503 when users is away */
  async function isInUse(owner: string): Promise<boolean> {
    const { data } = await client<UsersApi>('users').api.users.groups.post({ ids: [owner] })
    if (!data) throw unavailable('users_unavailable', 'The link cannot be checked. Retry.')
    return data.some(({ disabled }) => !disabled)
  }

  /**
   * @throws 404 for a link that is not ours, has expired, whose file is gone or whose owner has no
   *   account in use: all alike; 503 when users is away
   */
  async function open(link: string): Promise<FileRow> {
    const [payload, ...more] = links.read(link) ?? []
    if (payload === undefined || more.length > 0) throw noLink()
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (!Value.Check(Claim, claim) || claim.expires <= clock()) throw noLink()
    const found = await files.findOf(claim.owner, claim.hash)
    if (!found || !(await isInUse(claim.owner))) throw noLink()
    return found
  }

  return { create, open }
}

function noLink(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'link_not_found',
    detail: 'The link is not valid, has expired, or its file was deleted. Ask for a new one.',
  })
}

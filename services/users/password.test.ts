import { expect, it } from 'bun:test'
import { createPasswords } from './password.ts'

const cheaply = (password: string) =>
  Bun.password.hash(password, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 })

// As when the first log-in of a process comes while many choose new passwords.
it('an unknown name stays one with a wrong password after its check was refused', async () => {
  const { hash, verify } = createPasswords(cheaply)
  const toCode = ({ code }: { code: string }) => code
  const crowd = Array.from({ length: 140 }, () => hash('a password').catch(toCode))
  expect(await verify('a password', undefined).catch(toCode)).toBe('too_many_logins')
  const known = (await Promise.all(crowd)).find((each) => each.startsWith('$')) ?? ''
  expect(await verify('a password', undefined)).toBe(false)
  expect(await verify('another password', known)).toBe(false)
  expect(await verify('a password', known)).toBe(true)
})

/** The library for passkeys: tens of megabytes, so loaded only when needed. */
export async function loadWebAuthn() {
  // First, as the single binary evaluates what needs it before what provides it.
  await import('reflect-metadata')
  return import('@simplewebauthn/server')
}

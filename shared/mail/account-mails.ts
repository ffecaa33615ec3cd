/** Mails about an account: they cannot be muted, and go to the address they are about. */
export const accountMails = [
  'invitation',
  'password',
  'address',
  'keep',
  'taken',
  'passkey_added',
  'passkey_removed',
] as const
export type AccountMail = (typeof accountMails)[number]

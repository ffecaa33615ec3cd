/** Mails about an account: they always come, to the address they are about. */
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

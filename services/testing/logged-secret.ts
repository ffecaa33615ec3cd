// Names of members, in requests and answers, whose values open something or are of a person.
const secretNames = new Set([
  'access_token',
  'client_secret',
  'current_password',
  'device_token',
  'email',
  'flow',
  'key_hash',
  'link',
  'password',
  'proof',
  'query',
  'recovery_codes',
  'refresh_token',
  'secret',
  'ticket',
  'token',
  'uri',
  'verified_email',
])
// What is shorter is in some word or number by chance.
const lengthMin = 8

/** Collects what no line of a log may hold, from what is sent and answered. */
export function createLoggedSecrets() {
  const secrets = new Set<string>()

  function add(value: unknown, isSecret = false): void {
    if (typeof value === 'string') {
      if (isSecret && value.length >= lengthMin) secrets.add(value)
    } else if (Array.isArray(value)) {
      for (const each of value) add(each, isSecret)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) add(each, secretNames.has(name))
    }
  }

  return {
    add: (value: unknown) => add(value),
    /**
     * Those that a log holds, and all that looks like an address or a token, each with its line.
     * Without SMTP_URL a mail is shown in the log: that line is as good as the mail.
     */
    listIn: (whole: string): string[] => {
      const log = whole.replace(/^.*"message":"mail".*$/gm, '')
      const looks = /[\w.+-]+@[\w-]+\.[\w.]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|campus_\w{20,}/g
      const known = [...secrets].filter((secret) => isIn(log, secret))
      const found = [...known, ...(log.match(looks) ?? [])]
      const lines = log.split('\n')
      return found.map((it) => `${it} in ${lines.find((line) => line.includes(it))}`)
    },
    count: () => secrets.size,
  }
}

function isIn(log: string, secret: string): boolean {
  return log.includes(JSON.stringify(secret).slice(1, -1))
}

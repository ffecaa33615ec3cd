import { join } from 'node:path'
import { startProgram } from './programs.ts'
import { waitFor } from './wait-for.ts'

const composeFile = join(import.meta.dir, '../../compose.yaml')

interface Compose {
  services: { mailpit: { environment: Record<string, string> } }
}

interface Messages {
  messages: { ID: string; To: { Address: string }[] }[]
}

/** Mailpit with the settings of compose.yaml. @param ports of its web interface and of SMTP */
export async function startMailpit(program: string, ports: { pages: string; smtp: string }) {
  const { services } = Bun.YAML.parse(await Bun.file(composeFile).text()) as Compose
  const url = `http://127.0.0.1:${ports.pages}`
  const places = ['--listen', `127.0.0.1:${ports.pages}`, '--smtp', `127.0.0.1:${ports.smtp}`]
  const started = await startProgram([program, ...places], {
    environment: services.mailpit.environment,
    ready: `${url}/readyz`,
  })
  return { ...started, ...openMailbox(url) }
}

export type Mailbox = ReturnType<typeof openMailbox>

/** The mails in a Mailpit. @param url of its web interface */
export function openMailbox(url: string) {
  async function read<T>(path: string): Promise<T> {
    return (await (await fetch(url + path)).json()) as T
  }

  return {
    /** The text of the only mail to an address so far. */
    readTo: async (address: string): Promise<string> => {
      const { ID } = await waitFor(`a mail to ${address}`, async () => {
        const { messages } = await read<Messages>('/api/v1/messages')
        return messages.find(({ To }) => To.some(({ Address }) => Address === address))
      })
      return (await read<{ Text: string }>(`/api/v1/message/${ID}`)).Text
    },
    forget: () => fetch(`${url}/api/v1/messages`, { method: 'DELETE' }),
  }
}

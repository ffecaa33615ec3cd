import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, startSystem } from '../harness/run-system.ts'
import { type Dex, startDex } from './dex.ts'
import { type Mailbox, startMailpit } from './mailpit.ts'

/** Campus with a sign-in provider and a mail server. */
export interface Outside {
  home: string
  adminPassword: string
  dex: Dex
  mailbox: Mailbox
  stop: () => Promise<void>
}

const howToGetThem = `dex and mailpit are not on the PATH.
Go builds them:

  go install github.com/axllent/mailpit@v1.33.1
  go mod init tools && go get github.com/dexidp/dex@ab64ed778070 \\
    github.com/dexidp/dex/api/v2@ab64ed778070 && go install github.com/dexidp/dex/cmd/dex`
const adminPassword = 'six green lanterns'

/** All of it as programs on this machine. @returns what is missing, if anything */
export async function startBeside(): Promise<Outside | string> {
  const programs = { dex: Bun.which('dex'), mailpit: Bun.which('mailpit') }
  if (!programs.dex || !programs.mailpit) return howToGetThem
  const [PORT = '', dexPort = '', pages = '', smtp = ''] = freePorts(4)
  const home = `http://127.0.0.1:${PORT}`
  const folder = await mkdtemp(join(tmpdir(), 'campus-outside-'))
  const dex = await startDex(programs.dex, { port: dexPort, home })
  const mailpit = await startMailpit(programs.mailpit, { pages, smtp })
  const system = await startSystem({
    environment: {
      PORT,
      PUBLIC_URL: home,
      DATABASE_URL: `sqlite:${folder}/{service}.sqlite`,
      BLOB_URL: `file:${folder}/blobs`,
      SECRET_FILE: `${folder}/secret`,
      ADMIN_PASSWORD: adminPassword,
      SAMPLE_DATA: 'false',
      SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      MAIL_FROM: 'campus@example.org',
    },
  })
  return {
    home,
    adminPassword,
    dex,
    mailbox: mailpit,
    stop: async () => {
      await system.stop()
      await mailpit.stop()
      await dex.stop()
      await rm(folder, { recursive: true })
    },
  }
}

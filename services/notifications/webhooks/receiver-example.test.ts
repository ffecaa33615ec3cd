import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSqlite } from '../../../shared/testing/describe-stores.ts'
import { startForTest } from '../../testing/system.ts'
import { administer, onThisMachine } from './fixture.ts'
import type { WebhookDelivery } from '../../../shared/schemas/webhook.ts'

setDefaultTimeout(60_000)

const root = new URL('../../..', import.meta.url).pathname

it('the receiver of docs/webhooks.md runs as it is written there', async () => {
  const page = await Bun.file(`${root}/docs/webhooks.md`).text()
  const [, source = ''] = /```ts\n(.*?)```/s.exec(page) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'campus-receiver-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await Bun.write(`${folder}/receiver.ts`, source)
  await symlink(`${root}/node_modules`, `${folder}/node_modules`)
  const system = await startForTest(makeSqlite, {
    parts: ['users', 'notifications'],
    environment: onThisMachine,
  })
  onTestFinished(system.close)
  const { ask, create } = administer(() => system)
  const { id, secret } = await create({ url: 'https://hooks.example.com/' })

  const receiver = Bun.spawn([process.execPath, 'receiver.ts'], {
    cwd: folder,
    env: { ...process.env, PORT: '0', WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => receiver.kill())
  let printed = ''
  const lines = (async () => {
    for await (const part of receiver.stdout.pipeThrough(new TextDecoderStream())) printed += part
  })()
  const port = async (): Promise<string> => {
    const [, found] = /Listening at http:\/\/[^:]+:(\d+)/.exec(printed) ?? []
    return found ?? Bun.sleep(20).then(port)
  }
  const url = `http://127.0.0.1:${await port()}/`
  await ask(`PATCH /${id}`, { url })
  const tested = await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)
  expect(tested).toMatchObject({ state: 'delivered', status: 204 })
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400)
  receiver.kill()
  await lines
  expect(printed).toContain(`webhook.test ${id} {`)
})

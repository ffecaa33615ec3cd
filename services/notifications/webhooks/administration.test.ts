import { expect, it, setDefaultTimeout } from 'bun:test'
import type { CreatedWebhook, Webhook, WebhookDelivery } from '../../../shared/schemas/webhook.ts'
import { changeByHand } from '../../../shared/testing/by-hand.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'
import { administer, onThisMachine, startReceiver } from './fixture.ts'

setDefaultTimeout(60_000)

const url = 'https://hooks.example.com/campus'

interface Refused {
  code: string
  errors: { pointer: string; detail: string }[]
}

describeStores('webhooks', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase, { environment: onThisMachine })
  const { ask, create } = administer(system)
  const createAny = () =>
    call<CreatedWebhook>('POST', '/api/webhooks', { body: { url, events: ['*'] } })

  it('are not for strangers and members', async () => {
    const { id } = await create({ url })
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${id}`],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/secrets`],
      ['POST', `/${id}/test`],
      ['GET', `/${id}/deliveries`],
      ['POST', `/${id}/replay`],
    ] as const) {
      const stranger = await call(method, `/api/webhooks${path}`, { as: null })
      const member = await call(method, `/api/webhooks${path}`, { as: 'anna' })
      expect([method, path, stranger.status, member.status]).toEqual([method, path, 401, 403])
    }
    await ask(`DELETE /${id}`, undefined, 204)
  })

  it('show their secret once, name their maker, and are in the security log', async () => {
    const body = { url: `${url}?token=of-theirs`, events: ['booking.*'], description: 'The gate' }
    const { secret, ...created } = await create(body)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const me = await call<{ id: string }>('GET', '/api/users/me')
    const expected = { ...body, state: 'enabled', created_by: me.body.id, pending: 0 }
    expect(created).toMatchObject(expected)
    expect(await ask<Webhook>(`GET /${created.id}`)).toEqual(created)
    expect(await ask<Webhook[]>('GET')).toEqual([created])
    await ask(`PATCH /${created.id}`, { state: 'paused' })
    await ask(`DELETE /${created.id}`, undefined, 204)
    const logged = system().logged()
    for (const event of ['webhook_created', 'webhook_changed', 'webhook_removed']) {
      const line =
        logged.split('\n').find((it) => it.includes(event) && it.includes(created.id)) ?? '{}'
      expect(JSON.parse(line)).toMatchObject({
        message: 'security',
        level: 'warn',
        actor: me.body.id,
        webhook: created.id,
        request_id: expect.any(String),
      })
    }
    // Nor the URL, which may contain a secret of the receiver.
    for (const hidden of [secret, secret.slice(6), 'of-theirs'])
      expect(logged).not.toContain(hidden)
  })

  it('name every field that is wrong', async () => {
    const refused: [object, string][] = [
      [{ url: 'http://10.0.0.1/', events: ['*'] }, '#/url'],
      [{ url: 'https://localhost.example:0x/', events: ['*'] }, '#/url'],
      [{ url: 'https://anna:pw@hooks.example.com/', events: ['*'] }, '#/url'],
      [{ url, events: [] }, '#/events'],
      [{ url, events: ['booking.'] }, '#/events/0'],
      [{ url, events: ['*.booking'] }, '#/events/0'],
      [{ url, events: ['*'], description: 'x'.repeat(201) }, '#/description'],
      [{ url, events: ['*'], secret: 'mine' }, '#/secret'],
    ]
    for (const [body, pointer] of refused) {
      const answer = await call<Refused>('POST', '/api/webhooks', { body })
      const pointers = answer.body.errors.map((it) => it.pointer)
      expect([pointer, answer.status, pointers]).toEqual([pointer, 422, [pointer]])
    }
    expect(await ask<Webhook[]>('GET')).toEqual([])
  })

  it('are changed only in their current version', async () => {
    const { id } = await create({ url })
    const path = `/api/webhooks/${id}`
    const etag = (await call('GET', path)).headers.get('etag') ?? ''
    const change = (body: object) =>
      call<Webhook>('PATCH', path, { body, headers: { 'if-match': etag } })
    expect(await change({ description: 'First' })).toMatchObject({ status: 200 })
    expect(await change({ description: 'Second' })).toMatchObject({ status: 412 })
    expect((await call<Webhook>('GET', path)).body.description).toBe('First')
    const headers = { 'if-match': etag }
    expect((await call('DELETE', path, { headers })).status).toBe(412)
    for (const body of [{}, { url: 'http://10.0.0.1/' }, { state: 'disabled' }]) {
      expect((await call('PATCH', path, { body })).status).toBe(422)
    }
    await ask(`DELETE /${id}`, undefined, 204)
    expect((await call('PATCH', path, { body: { state: 'paused' } })).status).toBe(404)
  })

  it('are at most 50, with five secrets each, even if more are created at once', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, createAny))
    const made = answers.filter(({ status }) => status === 201)
    expect(made).toHaveLength(50)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(10)
    const [first] = made
    const path = `/api/webhooks/${first?.body.id}/secrets`
    const secrets = await Promise.all(Array.from({ length: 10 }, () => call('POST', path)))
    expect(secrets.filter(({ status }) => status === 201)).toHaveLength(4)
    for (const { body } of made) await ask(`DELETE /${body.id}`, undefined, 204)
    expect((await createAny()).status).toBe(201)
  })

  it('are tested even when paused, and the response says what is wrong', async () => {
    const receiver = startReceiver(() => new Response('<b>maintenance</b>', { status: 503 }))
    const { id } = await create({ url: receiver.url })
    await ask(`PATCH /${id}`, { state: 'paused' })
    const refused = await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)
    expect(refused).toMatchObject({ state: 'failed', status: 503, attempts: 1, fault: null })
    expect(refused.response).toBe('<b>maintenance</b>')
    await receiver.stop()
    expect(await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)).toMatchObject({
      state: 'failed',
      status: null,
      fault: 'connection_refused',
    })
    await ask(`PATCH /${id}`, { url: 'https://nowhere.invalid/' })
    expect(await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)).toMatchObject({
      fault: 'name_not_found',
    })
    await ask(`PATCH /${id}`, { url: 'https://localhost/' })
    const inside = await ask<WebhookDelivery>(`POST /${id}/test`, undefined, 201)
    expect(inside.fault).toBe('connection_refused')
    expect(await ask<WebhookDelivery[]>(`GET /${id}/deliveries?state=failed`)).toHaveLength(4)
    expect(await ask<WebhookDelivery[]>(`GET /${id}/deliveries?state=delivered`)).toEqual([])
    await ask(`DELETE /${id}`, undefined, 204)
    await ask(`POST /${id}/test`, undefined, 404)
  })

  it('keep their rules against SQL by hand', async () => {
    const { id } = await create({ url })
    const database = system().databaseUrlOf('notifications')
    const isSqlite = database.startsWith('sqlite:')
    const key = isSqlite ? `x'${id.replaceAll('-', '')}'` : `'${id}'`
    for (const statement of [
      `UPDATE webhooks SET state = 'disabled' WHERE id = ${key}`,
      `UPDATE webhooks SET state = 'off' WHERE id = ${key}`,
      `INSERT INTO webhook_deliveries
         (id, webhook_id, message, type, subject, happened, attempts)
       VALUES (${key}, ${key}, 'm', 't', 's', ${isSqlite ? 0 : 'now()'}, 0)`,
    ]) {
      await expect(changeByHand(database, statement)).rejects.toThrow()
    }
    await changeByHand(database, `UPDATE webhooks SET state = 'paused' WHERE id = ${key}`)
    expect(await ask<Webhook>(`GET /${id}`)).toMatchObject({ state: 'paused' })
  })
})

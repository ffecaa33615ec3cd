import { expect, it } from 'bun:test'
import type { Notification } from '../../../shared/schemas/notification.ts'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useSystem } from '../../testing/use-system.ts'

describeStores('the inbox', (makeDatabase) => {
  const { call } = useSystem(makeDatabase)

  it('is for members only, and empty at first', async () => {
    expect((await call('GET', '/api/notifications', { as: null })).status).toBe(401)
    expect(await call<Notification[]>('GET', '/api/notifications')).toMatchObject({
      status: 200,
      body: [],
    })
  })
})

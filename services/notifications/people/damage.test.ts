import { beforeAll, expect, it } from 'bun:test'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useHandovers } from '../../bookings/handover/fixture.ts'
import { useNotifications } from '../fixture.ts'

describeStores('managers', (makeDatabase) => {
  const tools = useNotifications(makeDatabase)
  const { system, addResource, addType, addGroup, setPolicy, idOf } = tools
  const { told, kindsOf, inboxOf } = tools
  const { bookNow, checkOut, bringBack } = useHandovers(tools)
  beforeAll(() => system().startTasks())

  it('are notified of damage to what they manage, once, by whoever returns it', async () => {
    const type = await addType()
    const manage = { group: await addGroup('mona'), may: 'manage' }
    await setPolicy({ type, rules: { rights: [manage, { group: null, may: 'book' }] } })
    const [fine, bent] = [await addResource(type), await addResource(type)]
    const { id } = await bookNow([fine, bent])
    expect((await checkOut(id)).status).toBe(200)
    const records = [
      { resource_id: fine, condition: 'good', note: 'Full tank' },
      { resource_id: bent, condition: 'damaged', note: 'The mirror' },
    ]
    expect((await bringBack(id, records)).status).toBe(200)
    // Its own managers and nobody else; what a manager returns, the administrators hear of.
    const [damage] = await told('mona', id)
    expect(damage).toMatchObject({
      kind: 'booking.damaged',
      data: { reason: 'The mirror', by: await idOf('anna'), resource_id: bent },
    })
    expect(damage?.data.resources).toEqual([expect.stringMatching(/^No\. \d+$/)])
    const own = await bookNow([bent], 'mona')
    expect((await checkOut(own.id, [], 'mona')).status).toBe(200)
    const worse = [{ condition: 'damaged', note: 'The door' }]
    expect((await bringBack(own.id, worse, 'mona')).status).toBe(200)
    expect(await told('admin', own.id)).toMatchObject([{ data: { reason: 'The door' } }])
    expect(kindsOf(await told('mona', id))).toEqual(['booking.damaged'])
    expect((await inboxOf('mona')).filter(({ subject }) => subject === own.id)).toEqual([])
    expect((await inboxOf('anna')).filter(({ subject }) => subject === id)).toEqual([])
    expect((await inboxOf('admin')).filter(({ subject }) => subject === id)).toEqual([])
  })
})

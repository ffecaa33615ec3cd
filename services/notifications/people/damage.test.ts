import { beforeAll, expect, it, setDefaultTimeout } from 'bun:test'
import { describeStores } from '../../../shared/testing/describe-stores.ts'
import { useHandovers } from '../../bookings/handover/fixture.ts'
import { useNotifications } from '../fixture.ts'

setDefaultTimeout(60_000)

describeStores('managers', (makeDatabase) => {
  const tools = useNotifications(makeDatabase)
  const { system, addResource, addType, addGroup, setPolicy, idOf } = tools
  const { call, told, kindsOf, inboxOf } = tools
  const { bookNow, checkOut, bringBack, listHandovers } = useHandovers(tools)
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

  it('of what is damaged hear of it, though they do not manage all of the booking', async () => {
    const [theirs, others] = [await addType(), await addType()]
    const rightsOf = async (name: string) => {
      const manage = { group: await addGroup(name), may: 'manage' }
      return { rights: [manage, { group: null, may: 'book' }] }
    }
    await setPolicy({ type: theirs, rules: await rightsOf('maja') })
    await setPolicy({ type: others, rules: await rightsOf('olaf') })
    const [bent, fine] = [await addResource(theirs), await addResource(others)]
    const { id } = await bookNow([bent, fine])
    expect((await checkOut(id)).status).toBe(200)
    const records = [
      { resource_id: bent, condition: 'damaged', note: 'The bumper' },
      { resource_id: fine, condition: 'good' },
    ]
    expect((await bringBack(id, records)).status).toBe(200)
    const [damage] = await told('maja', id)
    expect(damage).toMatchObject({ kind: 'booking.damaged', data: { reason: 'The bumper' } })
    for (const name of ['olaf', 'admin']) {
      expect((await inboxOf(name)).filter(({ subject }) => subject === id)).toEqual([])
    }
  })

  it('hear only of what is theirs, and only of what was corrected', async () => {
    const [noras, ottos, nobodys] = [await addType(), await addType(), await addType()]
    const rules = async (name: string) => ({
      rights: [
        { group: await addGroup(name), may: 'manage' },
        { group: null, may: 'book' },
      ],
    })
    await setPolicy({ type: noras, rules: await rules('nora') })
    await setPolicy({ type: ottos, rules: await rules('otto') })
    const free = await addResource(nobodys)
    const [hers, his] = [await addResource(noras), await addResource(ottos)]
    const { id } = await bookNow([free, hers, his])
    expect((await checkOut(id)).status).toBe(200)
    const records = [
      { resource_id: free, condition: 'damaged', note: 'The lock' },
      { resource_id: hers, condition: 'damaged', note: 'The lamp' },
      { resource_id: his, condition: 'good' },
    ]
    expect((await bringBack(id, records)).status).toBe(200)
    const one = [expect.stringMatching(/^No\. \d+$/)]
    const lamp = { reason: 'The lamp', resource_id: hers, resources: one }
    expect((await told('nora', id)).map(({ data }) => data)).toMatchObject([lamp])
    // Nobody manages it.
    const lock = { reason: 'The lock', resource_id: free, resources: one }
    expect((await told('admin', id)).map(({ data }) => data)).toMatchObject([lock])
    const all = await listHandovers(`booking_id=${id}`)
    const path = `/api/handovers/${all.find(({ resource_id }) => resource_id === his)?.id}`
    const body = { reason: 'Seen later', returned: { condition: 'damaged', note: 'The tyre' } }
    expect((await call('PATCH', path, { as: 'admin', body })).status).toBe(200)
    const tyre = { reason: 'The tyre', resource_id: his, resources: one }
    expect((await told('otto', id)).map(({ data }) => data)).toMatchObject([tyre])
    expect(await told('nora', id)).toHaveLength(1)
    expect(await told('admin', id)).toHaveLength(1)
  })

  it('hear of damage that is recorded after the return, but not who recorded it', async () => {
    const type = await addType()
    const both = [await addGroup('rita'), await addGroup('ruth')]
    const rights = both.map((group) => ({ group, may: 'manage' }))
    await setPolicy({ type, rules: { rights: [...rights, { group: null, may: 'book' }] } })
    const { id } = await bookNow([await addResource(type)])
    expect((await checkOut(id)).status).toBe(200)
    expect((await bringBack(id, [{ condition: 'good' }])).status).toBe(200)
    const [handover] = await listHandovers(`booking_id=${id}`)
    const path = `/api/handovers/${handover?.id}`
    const correct = (returned: object) =>
      call('PATCH', path, { as: 'rita', body: { reason: 'Seen later', returned } })
    expect((await correct({ note: 'Clean' })).status).toBe(200)
    expect((await correct({ condition: 'damaged', note: 'A scratch' })).status).toBe(200)
    expect((await correct({ note: 'A long scratch' })).status).toBe(200)
    const heard = await told('ruth', id)
    expect(kindsOf(heard)).toEqual(['booking.damaged'])
    expect(heard[0]?.data).toMatchObject({ by: await idOf('rita') })
    for (const name of ['rita', 'admin', 'anna']) {
      const own = (await inboxOf(name)).filter(({ subject }) => subject === id)
      expect([name, kindsOf(own).includes('booking.damaged')]).toEqual([name, false])
    }
  })
})

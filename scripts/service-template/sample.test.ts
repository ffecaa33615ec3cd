import { expect, it } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../../services/testing/use-system.ts'
import type { Note } from './note.ts'
import { fillDesk } from './sample.ts'

describeStores('the sample of desk', (makeDatabase) => {
  const { call, system } = useSystem(makeDatabase)

  it('has three notes, once', async () => {
    await fillDesk({ client: () => system().client() })
    await fillDesk({ client: () => system().client() })
    const { body } = await call<Note[]>('GET', '/api/notes')
    expect(body.map(({ title }) => title)).toEqual(['Third', 'Second', 'First'])
  })
})

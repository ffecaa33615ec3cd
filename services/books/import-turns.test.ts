import { expect, it } from 'bun:test'
import { handleInside } from '../../shared/host/inside.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { useSystem } from '../testing/use-system.ts'

describeStores('a long import', (makeDatabase) => {
  const { system } = useSystem(makeDatabase)

  it('serves others while it reads invalid books', async () => {
    const commas = Buffer.from(`title,author\n${`${','.repeat(500_000)}\n`.repeat(10)}`)
    const atOnce = new ReadableStream({
      start: (controller) => {
        controller.enqueue(commas)
        controller.close()
      },
    })
    // In processor time, of which a busy machine takes no more.
    const start = process.cpuUsage()
    const used_us = () => process.cpuUsage(start).user
    let [longest_us, before_us, isOver] = [0, used_us(), false]
    const takeTurn = () => {
      const now_us = used_us()
      longest_us = Math.max(longest_us, now_us - before_us)
      before_us = now_us
      if (!isOver) setImmediate(takeTurn)
    }
    setImmediate(takeTurn)
    const headers = {
      'content-type': 'text/csv',
      authorization: `Bearer ${await system().tokenOf('anna')}`,
    }
    const request = new Request('http://localhost/api/books/import', {
      method: 'POST',
      headers,
      body: atOnce,
    })
    const response = await handleInside(system().app, request)
    expect(await response.json()).toMatchObject({ imported: 0, skipped: 10 })
    isOver = true
    expect(longest_us / used_us()).toBeLessThan(0.2)
  })
})

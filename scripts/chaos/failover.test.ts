import { expect, it, setDefaultTimeout } from 'bun:test'
import { runFailoverRounds } from './failover-rounds.ts'

setDefaultTimeout(240_000)

it('loses nothing acknowledged when a synchronous standby is promoted under load', async () => {
  const { acknowledged, back_ms, refused, faults } = await runFailoverRounds(1)
  expect(faults).toEqual([])
  expect(acknowledged).toBeGreaterThan(1000)
  expect(refused).toBeGreaterThan(0)
  expect(back_ms).toBeLessThan(10_000)
})

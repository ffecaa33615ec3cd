import { expect, it } from 'bun:test'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { runCampaign } from './testing/campaign.ts'

// Another one each time; a failure names it, and PROPERTY_SEED repeats it.
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1_000_000_000)
// A few seconds for each database. `bun run property` plays as many as one has time for.
const operations = 3000
const timeout_ms = 120_000

// A plan in which these hardly happen would prove nothing.
const usual = [
  'book 201',
  'book 201 replayed',
  'book 409 allocation_overlap',
  'book 422 idempotency_key_reused',
  'change 200',
  'change 409 allocation_overlap',
  'change 412 precondition_failed',
  'release 204',
  'insert by hand 200',
  'insert by hand 409',
  'move by hand 200',
  'move by hand 409',
  'remove by hand 200',
  'book any 201',
  'book any 409 not_all_free',
  'book bundle 201',
  'book bundle 409 not_all_free',
  'confirm 200',
  'extend 200',
  'give back 204',
  'end by hand 200',
  'wait 201',
  'look 200',
]

describeStores(`random operations with seed ${seed}`, (makeDatabase) => {
  it(
    'end as the oracle says, and in any order keep what was acknowledged and never overlap',
    async () => {
      const { operations: played, outcomes } = await runCampaign({ makeDatabase, seed, operations })
      expect(played).toBe(operations)
      const rare = usual.filter((outcome) => (outcomes.get(outcome) ?? 0) < 5)
      expect(rare).toEqual([])
    },
    timeout_ms,
  )
})

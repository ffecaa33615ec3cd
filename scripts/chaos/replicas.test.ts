import { expect, it, onTestFinished, setDefaultTimeout } from 'bun:test'
import { describeStores, type MakeDatabase } from '../../shared/testing/describe-stores.ts'
import { createLedger } from './ledger.ts'
import { startLoad } from './load.ts'
import { runRollingRounds, startReplicas } from './replica-rounds.ts'
import { createCars } from '../harness/request.ts'
import { verify } from './verify.ts'
import { waitUntil } from '../harness/wait.ts'

setDefaultTimeout(240_000)

// Each takes five seconds; `bun run chaos rolling` does more of them.
const restarts = 4
const clients = 6
// Requests in flight on a killed process; refused by the gateway, so their effect is unknown.
const away = 503

describeStores('replicas behind the gateway', (makeDatabase) => {
  it(`lose no request in ${restarts} rolling restarts`, async () => {
    const database = await makeDatabase({ migrated: true })
    onTestFinished(database.remove)
    const { answered, faults } = await runRollingRounds(database.url, restarts)
    expect(faults).toEqual([])
    expect(answered).toBeGreaterThan(restarts * 100)
  })

  it('lose requests in flight on a killed one, but nothing acknowledged', async () => {
    const system = await start(makeDatabase)
    const ledger = createLedger()
    const resources = await createCars(system.url, 3)
    const load = startLoad({ urls: [system.url], resources, ledger, clients, tolerated: [away] })
    onTestFinished(load.stop)
    await waitUntil('there is load', () => load.witness.count('create', 201) > 200)
    await system.kill(0)
    const { witness } = load
    const [created, lost] = [witness.count('create', 201), witness.total(away)]
    await waitUntil('the other one goes on', () => witness.count('create', 201) > created + 200)
    await load.stop()

    expect(witness.wrong).toEqual([])
    expect(witness.total(away) - lost).toBeLessThanOrEqual(clients)
    expect(await verify(system.url, ledger, resources)).toEqual([])
  })
})

async function start(makeDatabase: MakeDatabase) {
  const database = await makeDatabase({ migrated: true })
  const system = await startReplicas(database.url)
  onTestFinished(async () => {
    await system.stop()
    await database.remove()
  })
  return system
}

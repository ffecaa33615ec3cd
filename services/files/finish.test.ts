import { expect, it, onTestFinished } from 'bun:test'
import type { ProblemError } from '../../shared/problem.ts'
import { changeByHand } from '../../shared/testing/by-hand.ts'
import { describeStores } from '../../shared/testing/describe-stores.ts'
import { randomBytes, sha256 } from './fixture.ts'
import { filesPerDayMax } from './quota.ts'
import { memberNamed, startUploads, type StartedUploads } from './testing/uploads.ts'

const caller = memberNamed('anna')
const size = 100_000

describeStores('the last bytes of an upload', (makeDatabase) => {
  const start = () => startUploads(makeDatabase, onTestFinished)

  async function* pieces(bytes: Uint8Array) {
    yield bytes
  }

  /** All but the last byte has arrived. */
  async function begin({ uploads }: StartedUploads, bytes: Uint8Array) {
    const body = { size, metadata: '' }
    const { value: upload } = await uploads.create({ body, caller, idempotencyKey: undefined })
    const send = (position: number, part: Uint8Array) =>
      uploads.append({ id: upload.id, caller, position, length: part.length, bytes: pieces(part) })
    await send(0, bytes.subarray(0, -1))
    return { sendLast: () => send(size - 1, bytes.subarray(-1)) }
  }

  it('are copied once, however often they are sent', async () => {
    const system = await start()
    const bytes = randomBytes(size)
    const { sendLast } = await begin(system, bytes)
    const times = 8
    // A request after the first has finished gets the completed upload.
    const late = ({ code }: ProblemError) => ({ file_hash: code })
    const answers = await Promise.all(Array.from({ length: times }, () => sendLast().catch(late)))
    const hashes = new Set(answers.map(({ file_hash }) => file_hash))
    hashes.delete('upload_offset_wrong')
    expect(hashes).toEqual(new Set([sha256(bytes)]))
    // The parts, and the whole once.
    expect(system.written()).toBeLessThanOrEqual(size - 1 + times + size)
    expect(await system.files.findOf(caller.id, sha256(bytes))).toMatchObject({ size })
  })

  it('copy nothing if the file would be refused', async () => {
    const system = await start()
    const { sendLast } = await begin(system, randomBytes(size))
    const day = Math.floor(Date.now() / 86_400_000)
    await changeByHand(system.url, `UPDATE owners SET day = ${day}, day_files = ${filesPerDayMax}`)
    for (let time = 1; time <= 3; time++) {
      expect(await sendLast().catch(({ code }) => code)).toBe('daily_limit_reached')
      expect(system.written()).toBe(size - 1 + time)
    }
    await changeByHand(system.url, 'UPDATE owners SET day_files = 0')
    expect((await sendLast()).file_hash).not.toBeNull()
  })
})

import { expect, it } from 'bun:test'
import { createCpuClock } from './cpu-clock.ts'

const spin = 'while (true);'

it('the processor time of a process that has ended is what was read last', async () => {
  const child = Bun.spawn([process.execPath, '-e', spin])
  const used_ms = createCpuClock(child.pid)
  while (used_ms() < 50) await Bun.sleep(5)
  const before_ms = used_ms()
  child.kill('SIGKILL')
  await child.exited
  expect(used_ms()).toBeGreaterThanOrEqual(before_ms)
  expect(used_ms()).toBe(used_ms())
  expect(createCpuClock(child.pid)()).toBe(Infinity)
})

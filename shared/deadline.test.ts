import { expect, it } from 'bun:test'
import { withDeadline } from './deadline.ts'

const never = new Promise<never>(() => {})

it('passes on a timely result, or its failure', async () => {
  expect(await withDeadline(Promise.resolve(1), 60_000, () => 2)).toBe(1)
  const failed = Promise.reject(new Error('of its own'))
  expect(withDeadline(failed, 60_000, () => 2)).rejects.toThrow('of its own')
})

it('uses the fallback after the deadline', async () => {
  expect(await withDeadline(never, 1, () => 2)).toBe(2)
  expect(await withDeadline(never, 1, async () => 3)).toBe(3)
  const refuse = () => {
    throw new Error('late')
  }
  expect(withDeadline(never, 1, refuse)).rejects.toThrow('late')
})

it('leaves no timer that keeps a process alive', async () => {
  const program = `import { withDeadline } from './deadline.ts'
    await withDeadline(Promise.resolve(), 600_000, () => {})
    await withDeadline(Promise.reject(new Error('at once')), 600_000, () => {}).catch(() => {})
    console.log('done')`
  const child = Bun.spawn([process.execPath, '-e', program], { cwd: import.meta.dir })
  expect([await child.stdout.text(), await child.exited]).toEqual(['done\n', 0])
})

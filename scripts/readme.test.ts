import { afterAll, beforeAll, describe, expect, it } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installCheckout, type Checkout } from './harness/checkout.ts'
import { findFreeNetwork } from './harness/free-network.ts'
import { findFreePort } from '../shared/testing/port.ts'

const root = join(import.meta.dir, '..')
const blocksOf = async (path: string) =>
  [...(await readFile(join(root, path), 'utf8')).matchAll(/^```sh\n(.*?)^```/gms)].map(
    ([, text = '']) => text,
  )
const blocks = await blocksOf('README.md')
// The last one runs this test.
const [start = '', ...first] = blocks.slice(0, -1)
const examples = [...first, ...(await blocksOf('docs/tutorial.md'))]

/** The examples, pasted by a newcomer into two terminals, in order. */
describe('the examples of README.md and docs/tutorial.md', () => {
  let checkout: Checkout
  const pasted: string[] = []

  beforeAll(async () => {
    checkout = await installCheckout(root)
    const enter = findFreeNetwork()
    const port = enter.length > 0 ? 3000 : findFreePort()
    const text = script.replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`)
    const output = await run([...enter, 'env', `PORT=${port}`, 'bash', '-c', text])
    pasted.push(...output.split(/\n--- pasted\n/).slice(1))
  }, 180_000)
  afterAll(() => checkout.remove())

  async function run(command: string[]): Promise<string> {
    const child = Bun.spawn(command, { cwd: checkout.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    if ((await child.exited) !== 0) throw new Error(`${command[0]}: ${errors}${output}`)
    return output
  }

  it('exist, with nothing to fill in', () => {
    expect(start).toStartWith('bun start')
    expect(blocks.at(-1)).toStartWith('bun run test')
    expect(examples).toHaveLength(7)
  })

  it('book a car once, and free it again', () => {
    for (const output of pasted) {
      expect(output).toContain('"name":"Blue Skoda"')
      expect(output).toMatch(/HTTP\/1.1 200[^{]*^etag: "v1-/im)
      expect(output).toContain('"code":"allocation_overlap"')
      expect(output).toContain('HTTP/1.1 204')
      expect(output).toMatch(/^event: allocation\./m)
    }
  })

  it('book by the rules, ask for more, and repeat through summer time', () => {
    for (const output of pasted) {
      expect(output).toMatch(/"code":"policy_refused"[^\n]*"nearest":{"from":"2027-03-08T/)
      expect(output).toMatch(/"state":"requested"[^]*"state":"cancelled"/)
      expect(output).toContain('"from":"2027-03-22T06:00:00.000Z"')
      expect(output).toContain('"from":"2027-03-29T05:00:00.000Z"')
      expect(output).toContain('"from":"2027-03-29T07:00:00.000Z"')
    }
  })

  it('hold any car, wait for it, and list who had it', () => {
    for (const output of pasted) {
      expect(output).toContain('"status":"held"')
      expect(output).toMatch(/"status":"waiting"[^]*"status":"served"/)
      expect(output).toContain('"change":"released"')
    }
  })

  it('let a script in by its key', () => {
    for (const output of pasted) {
      expect(output.match(/"name":"Blue Skoda"/g)?.length).toBeGreaterThanOrEqual(2)
      expect(output).not.toContain('api_key_invalid')
    }
  })

  it('find, rate and import books, have code judged, and keep a file', () => {
    for (const output of pasted) {
      expect(output).toContain('Émile Zola')
      expect(output).toContain('expected 3, got -1')
      expect(output).toContain('Lecture 1\n')
      expect(output).toContain('/api/files/links/')
    }
    expect(pasted[0]).toContain('"imported":1')
    expect(pasted[1]).toContain('"skipped":1')
  })

  it('meet no unexpected error, the second time as well', () => {
    const codes = pasted.map((output) =>
      [...output.matchAll(/"code":"([a-z_]+)"/g)].map(([, code]) => code),
    )
    expect(codes).toEqual([
      ['allocation_overlap', 'policy_refused'],
      ['allocation_overlap', 'policy_refused', 'rating_exists', 'duplicate'],
    ])
  })
})

// The second time in a new terminal, on the results of the first.
const script = `
ip link set lo up 2>/dev/null
(${start}) > start.log 2>&1 &
until grep -q '"message":"ready"' start.log; do
  kill -0 $! || { cat start.log; exit 1; }
  sleep 0.1
done
for time in 1 2; do
  printf '\n--- pasted\n'
  bash -s <<'PASTED' || exit 1
${examples.join('\n')}
wait
PASTED
done
kill $!
`

import { describe, expect, it } from 'bun:test'
import { startPostgres } from '../shared/testing/postgres.ts'

// The program that the package manager unpacks, or none where there is no registry.
const found = Bun.spawnSync(
  [process.execPath, 'x', '--bun', 'deno@2.9.6', 'eval', 'console.log(Deno.execPath())'],
  { timeout: 120_000 },
)
const deno = found.success ? found.stdout.toString().trim() : undefined
if (!deno) console.log(`Deno cannot be had here, so nothing is tested on it: ${found.stderr}`)

// Their own tests, over HTTP: `composeBesideDeno` starts these two on Deno.
const files = ['ratings/ratings', 'gateway/gateway', 'gateway/breaker', 'gateway/lost-connection']

describe.skipIf(!deno)('ratings and the gateway on Deno', () => {
  it('pass their own tests', async () => {
    const { url } = await startPostgres()
    const paths = files.map((file) => `./services/${file}.test.ts`)
    const run = Bun.spawn([process.execPath, 'test', '--timeout', '60000', ...paths], {
      env: { ...process.env, TEST_DENO: deno, TEST_POSTGRES_URL: url },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const output = await run.stderr.text()
    if ((await run.exited) !== 0) throw new Error(output)
    // That one calls as the system itself, and is left out on Deno alone.
    expect(output).toMatch(/^ *\d\d pass\n *1 skip$/m)
    expect(output).toContain(`across ${files.length} files`)
  }, 300_000)
})

import { describe, expect, it } from 'bun:test'
import { join } from 'node:path'

const promtool = Bun.which('promtool')
const root = join(import.meta.dir, '..')

// Debian has it in the package `prometheus`.
describe.skipIf(promtool === null)('the alerts', () => {
  const check = (...args: string[]) => {
    const run = Bun.spawnSync([promtool ?? '', ...args], { cwd: root })
    return [run.exitCode, `${run.stdout.toString()}${run.stderr.toString()}`]
  }

  it('are what Prometheus reads', () => {
    const said = check('check', 'config', 'docs/operations/prometheus.yaml')
    expect(said).toEqual([0, expect.stringContaining('SUCCESS')])
  })

  it('fire when a service, a replica or the gateway is gone, and not before', () => {
    const said = check('test', 'rules', 'operator/testing/alert-cases.yaml')
    expect(said).toEqual([0, expect.stringContaining('SUCCESS')])
  })
})

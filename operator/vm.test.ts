import { describe, expect, it } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const folder = join(root, 'deploy/vm')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const units = readdirSync(folder).filter((name) => /\.(service|timer)$/.test(name))
const canAnalyse = Bun.which('systemd-analyze') !== null

describe('the systemd units', () => {
  it('leave the data to their owner, as the last that starts sets the mode of its folder', () => {
    const texts = units.map((name) => read(`deploy/vm/${name}`))
    const using = texts.filter((text) => text.includes('StateDirectory=campus\n'))
    expect(using).toHaveLength(3)
    for (const text of using) expect(text).toContain('\nStateDirectoryMode=0700\n')
  })

  it.skipIf(!canAnalyse)(
    'are understood completely by systemd, and restrict what is not needed',
    () => {
      const copies = mkdtempSync(join(tmpdir(), 'campus-units-'))
      try {
        // Something installed only there is always present.
        const texts = units.map((name) => [name.replace('@', '@3000'), read(`deploy/vm/${name}`)])
        for (const [name = '', text = ''] of texts) {
          writeFileSync(
            join(copies, name),
            text.replaceAll(/ExecStart=\/opt\S+/g, 'ExecStart=/bin/true'),
          )
        }
        const analyse = (...words: string[]) => {
          const { stdout, stderr } = Bun.spawnSync(['systemd-analyze', ...words], { cwd: copies })
          return `${stdout}${stderr}`
        }
        const paths = texts.map(([name = '']) => join(copies, name))
        expect(analyse('verify', '--recursive-errors=no', ...paths)).toBe('')
        for (const path of paths.filter((one) => one.endsWith('.service'))) {
          const rated = analyse('security', '--offline=true', path)
          const level = Number(/exposure level for \S+: ([\d.]+)/.exec(rated)?.[1])
          expect([path, level]).toEqual([path, expect.any(Number)])
          expect(level).toBeLessThan(2)
        }
      } finally {
        rmSync(copies, { recursive: true })
      }
    },
  )

  it('restart it indefinitely, at its port, whatever campus.env says', () => {
    const unit = read('deploy/vm/campus@.service')
    const [head = '', service = ''] = unit.split('[Service]')
    expect(head).toContain('\nStartLimitIntervalSec=0\n')
    expect(service).toContain('\nRestart=on-failure\n')
    const [, command = ''] = /^ExecStart=(.+)\/opt\S+$/m.exec(unit) ?? []
    const words = [...command.replaceAll('%i', '3001').trim().split(' '), 'printenv', 'PORT']
    expect(Bun.spawnSync(words, { env: { PATH: '/usr/bin', PORT: '80' } }).stdout.toString()).toBe(
      '3001\n',
    )
  })

  // Systemd and a shell read the same file differently.
  it('read their settings without a shell', () => {
    expect(read('deploy/vm/README.md')).not.toMatch(/(?:\.|source) \/etc\/campus\/campus\.env/)
    expect(read('deploy/vm/README.md')).toContain('-p EnvironmentFile=/etc/campus/campus.env')
  })

  it('agree with the upgrade and with Caddy on ports, links and stop timeouts', () => {
    const [unit, caddy] = [read('deploy/vm/campus@.service'), read('deploy/caddy/Caddyfile')]
    expect(caddy).toContain('{$CAMPUS_UPSTREAM:127.0.0.1:3000 127.0.0.1:3001}')
    const upgrade = read('operator/upgrade.ts')
    for (const value of ["'3000,3001'", "'/opt/campus/at'", "campus@{port}'", 'campus-backup'])
      expect(upgrade).toContain(value)
    expect(unit).toContain('ExecStart=/usr/bin/env PORT=%i /opt/campus/at/%i/campus\n')
    // Unready for longer than Caddy checks and keeps a connection.
    const drain_ms = Number(/DRAIN_DELAY_MS=(\d+)/.exec(unit)?.[1])
    expect(caddy).toContain('health_interval 500ms')
    expect(caddy).toContain('keepalive 1s')
    expect(drain_ms).toBeGreaterThanOrEqual(2000)
    for (const name of units.filter((one) => !one.includes('@') && one.endsWith('.service'))) {
      expect(read(`deploy/vm/${name}`)).toContain('ExecStart=/opt/campus/at/current/campus run ')
    }
  })
})

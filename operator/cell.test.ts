import { afterAll, beforeEach, describe, expect, it } from 'bun:test'
import { chmod, cp, exists, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasCaddy } from '../scripts/harness/caddy.ts'

const root = join(import.meta.dir, '..')
let folder = ''
const folders: string[] = []

// The script in a folder of its own, with a `docker` that notes what it is asked.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'campus-cells-'))
  folders.push(folder)
  await cp(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true })
  await cp(join(root, 'compose.yaml'), join(folder, 'compose.yaml'))
  await Bun.write(join(folder, 'bin/docker'), docker)
  await chmod(join(folder, 'bin/docker'), 0o755)
})
afterAll(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))))

const read = (path: string) => Bun.file(join(folder, path)).text()
const isThere = (path: string) => exists(join(folder, path))

async function cell(...words: string[]) {
  const child = Bun.spawn([join(folder, 'deploy/cell'), ...words], {
    // What a shell may have set for another stack must not reach a cell.
    env: { PATH: `${folder}/bin:${process.env['PATH']}`, CALLS: folder, PORT: '1', NEXT_PORT: '2' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, output, errors }
}

describe('deploy/cell', () => {
  it('adds cells that share no port, network, folder or name', async () => {
    for (const name of ['acme', 'zoo']) {
      expect(await cell('add', name, `${name}.example.org`)).toMatchObject({ code: 0, errors: '' })
      expect(await isThere(`cells/${name}/deploy/upgrade`)).toBe(true)
    }
    const [acme = [], zoo = []] = await Promise.all(
      ['acme', 'zoo'].map(async (name) => (await read(`cells/${name}/.env`)).split('\n')),
    )
    expect(zoo).toEqual(
      expect.arrayContaining(['COMPOSE_PROJECT_NAME=zoo', 'PUBLIC_URL=https://zoo.example.org']),
    )
    const own = /^(COMPOSE_PROJECT_NAME|PUBLIC_URL|PORT|NEXT_PORT|INTERNAL_NETWORK|PUBLIC_NETWORK)=/
    expect(acme.filter((line) => own.test(line))).toHaveLength(6)
    expect(acme.filter((line) => own.test(line) && zoo.includes(line))).toEqual([])
    const calls = await read('calls')
    for (const name of ['acme', 'zoo']) {
      expect(calls).toContain(`${folder}/cells/${name}: compose up -d --no-build (PORT=)`)
      expect(calls).toContain(`--volume ${folder}/cells/${name}:/here`)
    }
  })

  it('has one Caddy tell them apart by host name', async () => {
    await cell('add', 'acme', 'acme.example.org')
    await cell('add', 'zoo', 'zoo.example.org')
    const file = await read('cells/.caddy/Caddyfile')
    expect(file.match(/^\S+ \{$/gm)).toEqual(['acme.example.org {', 'zoo.example.org {'])
    expect(file.match(/(?<=reverse_proxy ).*(?= \{)/g)).toEqual([
      '127.0.0.1:3100 127.0.0.1:3101',
      '127.0.0.1:3102 127.0.0.1:3103',
    ])
    if (!hasCaddy) return
    const words = ['validate', '--adapter', 'caddyfile', '--config']
    const checked = Bun.spawn(['caddy', ...words, join(folder, 'cells/.caddy/Caddyfile')], {
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    expect(await checked.exited).toBe(0)
  })

  it('refuses a host name that another has, a bad name, and an unknown cell', async () => {
    await cell('add', 'acme', 'acme.example.org')
    const before = await read('calls')
    for (const words of [
      ['add', 'zoo', 'acme.example.org'],
      ['add', 'acme', 'other.example.org'],
      ['add', '../zoo', 'zoo.example.org'],
      ['add', 'zoo', 'zoo.example.org {'],
      ['remove', 'zoo'],
      ['remove', 'acme', 'all'],
      ['upgrade', 'zoo', '2'],
      ['remove'],
    ]) {
      expect([words, await cell(...words)]).toMatchObject([words, { code: 1 }])
    }
    expect(await isThere('cells/zoo')).toBe(false)
    expect((await read('calls')).replaceAll(/^.*: compose version.*\n/gm, '')).toBe(
      before.replaceAll(/^.*: compose version.*\n/gm, ''),
    )
  })

  it('refuses the name of a stack that is there, running or not', async () => {
    for (const [at, words] of ['ps --all', 'volume ls'].entries()) {
      await Bun.write(join(folder, 'taken'), words)
      const { code, errors } = await cell('add', `campus${at}`, `a${at}.example.org`)
      expect([code, errors]).toEqual([1, expect.stringContaining('choose another name')])
    }
    expect(await isThere('cells')).toBe(false)
  })

  it('keeps the data of a removed cell, its place too, until it is told otherwise', async () => {
    await cell('add', 'acme', 'acme.example.org')
    await cell('add', 'zoo', 'zoo.example.org')
    const settings = await read('cells/acme/.env')
    expect(await cell('remove', 'acme')).toMatchObject({ code: 0, errors: '' })
    expect(await read('calls')).not.toContain('--volumes')
    expect(await read('cells/.caddy/Caddyfile')).not.toContain('acme')
    await cell('add', 'third', 'third.example.org')
    expect(await read('cells/third/.env')).toContain('PORT=3104\n')
    await cell('add', 'acme', 'acme.example.org')
    expect(await read('cells/acme/.env')).toBe(settings)
    expect(await read('cells/.caddy/Caddyfile')).toContain('acme')

    expect(await cell('remove', 'acme', '--delete-data')).toMatchObject({ code: 0 })
    const calls = await read('calls')
    expect(calls).toContain(`${folder}/cells/acme: compose --profile upgrade`)
    expect(calls).toContain('down --volumes')
    expect(calls).toContain('--entrypoint rm campus:latest -r /cells/acme')
  })

  it('upgrades one cell by its own deploy/upgrade', async () => {
    await cell('add', 'acme', 'acme.example.org')
    await cell('add', 'zoo', 'zoo.example.org')
    const upgrade = `#!/bin/sh\necho "$0 $CAMPUS_VERSION" >> ${folder}/upgraded\n`
    await Bun.write(join(folder, 'deploy/upgrade'), upgrade)
    expect(await cell('upgrade', 'acme', '1.1.0')).toMatchObject({ code: 0, errors: '' })
    expect(await read('upgraded')).toBe('cells/acme/deploy/upgrade \n')
    expect(await read('cells/acme/.env')).toContain('CAMPUS_VERSION=1.1.0\n')
    expect(await read('cells/zoo/.env')).toContain('CAMPUS_VERSION=latest\n')
  })
})

const docker = `#!/bin/sh
echo "$PWD: $* (PORT=\${PORT:-})" >> "$CALLS/calls"
[ "$1" != inspect ] || echo true
[ "$1 $2" != "$(cat "$CALLS/taken" 2>/dev/null)" ] || echo c0ffee
`

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

// What a shell may have set for another stack must not reach a cell.
const ofShell = { PORT: '1', PUBLIC_NETWORK: '10.0.0', SCENARIO: 'x', COMPOSE_PROFILES: 'tls' }

async function cell(...words: string[]) {
  const child = Bun.spawn([join(folder, 'deploy/cell'), ...words], {
    env: { ...ofShell, PATH: `${folder}/bin:${process.env['PATH']}`, CALLS: folder, WAIT: '0' },
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
      expect(calls).toContain(`${folder}/cells/${name}: compose up -d --no-build ()`)
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
      ['add', 'ok\n../zoo', 'zoo.example.org'],
      ['add', 'a'.repeat(32), 'zoo.example.org'],
      ['add', 'zoo', 'zoo'],
      ['add', 'zoo', 'zoo..org'],
      ['add', 'zoo', 'zoo.org\nx.org'],
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
    expect(calls).toContain(`${folder}/cells/acme: compose --profile * down --volumes`)
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

  it('never acts on the stack of the repository', async () => {
    await Bun.write(join(folder, '.env'), 'PUBLIC_URL=https://campus.example.org\n')
    await cell('add', 'acme', 'acme.example.org')
    const before = await read('calls')
    for (const name of ['..', '.', '../cells/acme', '']) {
      expect(await cell('remove', name, '--delete-data')).toMatchObject({ code: 1 })
      expect(await cell('upgrade', name, '2')).toMatchObject({ code: 1 })
    }
    expect((await read('calls')).slice(before.length)).not.toMatch(/: (?!compose version)/)
  })

  it.skipIf(!hasCaddy)('leaves Caddy the file it has when it refuses the new one', async () => {
    await cell('add', 'acme', 'acme.example.org')
    await cell('add', 'zoo', 'zoo.example.org')
    const sites = await read('cells/.caddy/Caddyfile')
    const settings = await read('cells/zoo/.env')
    const same = settings.replace('https://zoo', 'https://acme')
    await Bun.write(join(folder, 'cells/zoo/.env'), same)
    for (const state of ['running', 'restarting']) {
      await Bun.write(join(folder, 'state'), state)
      const refused = await cell('add', 'third', 'third.example.org')
      expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('Caddy refuses') })
      expect(await read('cells/.caddy/Caddyfile')).toBe(sites)
    }
    expect(await cell('remove', 'third')).toMatchObject({ code: 1 })
    expect(await isThere('cells/third/ended')).toBe(false)
    expect(await read('calls')).not.toContain('down')
    // Of the two that are at one place, either may go.
    expect(await cell('remove', 'zoo')).toMatchObject({ code: 0 })
    expect(await read('cells/.caddy/Caddyfile')).toContain('third.example.org {')
  })

  it('leaves a cell as it was when its upgrade is refused before it replaced any', async () => {
    await cell('add', 'acme', 'acme.example.org')
    const settings = await read('cells/acme/.env')
    const compose = await read('cells/acme/compose.yaml')
    await Bun.write(join(folder, 'compose.yaml'), `${compose}# Of the new release.\n`)
    await Bun.write(join(folder, 'deploy/upgrade'), '#!/bin/sh\nexit 3\n')
    expect(await cell('upgrade', 'acme', '2')).toMatchObject({ code: 3 })
    expect(await read('cells/acme/.env')).toBe(settings)
    expect(await read('cells/acme/compose.yaml')).toBe(compose)

    // One that stops midway is to be run again, by the files of its release.
    await Bun.write(join(folder, 'taken'), 'ps --quiet')
    expect(await cell('upgrade', 'acme', '2')).toMatchObject({ code: 3 })
    expect(await read('cells/acme/.env')).toContain('CAMPUS_VERSION=2\n')
    expect(await read('cells/acme/compose.yaml')).toContain('Of the new release')
  })

  it('does not upgrade a removed cell', async () => {
    await cell('add', 'acme', 'acme.example.org')
    await cell('remove', 'acme')
    const settings = await read('cells/acme/.env')
    const { code, errors } = await cell('upgrade', 'acme', '2')
    expect([code, errors]).toEqual([1, 'acme is removed: deploy/cell add acme acme.example.org\n'])
    expect(await read('cells/acme/.env')).toBe(settings)
  })

  it('repeats an add that was broken off, which meanwhile stops no other', async () => {
    // Made with the secrets, before the settings.
    await Bun.write(join(folder, 'cells/acme/.env'), '# See .env.example.\n')
    expect(await cell('add', 'zoo', 'zoo.example.org')).toMatchObject({ code: 0 })
    expect(await read('cells/.caddy/Caddyfile')).not.toContain('acme')
    expect(await cell('add', 'acme', 'acme.example.org')).toMatchObject({ code: 0 })
    expect(await read('cells/.caddy/Caddyfile')).toContain('acme.example.org {')
  })

  it('says whether the site answers, and begins a Caddy anew that could not listen', async () => {
    await Bun.write(join(folder, 'silent'), '')
    const first = await cell('add', 'acme', 'acme.example.org')
    expect(first).toMatchObject({ code: 1, output: '' })
    expect(first.errors).toContain('https://acme.example.org does not answer')
    await rm(join(folder, 'silent'))
    await Bun.write(join(folder, 'state'), 'restarting')
    const second = await cell('add', 'acme', 'acme.example.org')
    expect(second).toMatchObject({ code: 0, errors: '' })
    expect(second.output).toContain('https://acme.example.org answers')
    expect(await read('calls')).toContain('rm --force campus-cells-caddy')
  })

  it('tells how it is used, from any folder', async () => {
    const child = Bun.spawn(['./cell'], {
      cwd: join(folder, 'deploy'),
      env: { PATH: `${folder}/bin:${process.env['PATH']}`, CALLS: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    expect(await child.stderr.text()).toStartWith('deploy/cell add NAME HOST')
    expect(await child.exited).toBe(1)
  })
})

const docker = `#!/bin/sh
of_shell="\${PORT:-}\${PUBLIC_NETWORK:-}\${SCENARIO:-}\${COMPOSE_PROFILES:-}"
echo "$PWD: $* ($of_shell)" >> "$CALLS/calls"
case "$1 $*" in
  inspect*) cat "$CALLS/state" 2>/dev/null || echo running ;;
  */readyz*) [ ! -e "$CALLS/silent" ] || exit 1 ;;
  *'caddy reload'* | *'caddy validate'*)
    ! command -v caddy >/dev/null ||
      caddy validate --adapter caddyfile --config "$PWD/cells/.caddy/next" >/dev/null 2>&1 || exit 1
    ;;
esac
[ "$1 $2" != "$(cat "$CALLS/taken" 2>/dev/null)" ] || echo c0ffee
`

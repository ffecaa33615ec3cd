import { describe, expect, it, onTestFinished } from 'bun:test'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const script = join(import.meta.dir, '../deploy/upgrade')
const before = ['users a', 'inventory a', 'inventory a', 'inventory a', 'bookings a', 'gateway a']
const after = before.map((each) => each.replace(' a', ' b'))

describe('deploy/upgrade', () => {
  it('replaces one container at a time, and none before its successor is ready', async () => {
    const engine = await startEngine(before)
    expect(await engine.upgrade()).toMatchObject({ code: 0, errors: '' })
    expect(await engine.running()).toEqual(after.toSorted())
    const counts = await engine.counts()
    expect(counts.filter((line) => line.startsWith('inventory'))).toEqual(
      Array.from({ length: 3 }, () => ['inventory 4', 'inventory 3']).flat(),
    )
  })

  it('replaces inventory before bookings, and bookings first on the way back', async () => {
    const engine = await startEngine(before)
    const orderOf = async () => {
      const services = (await engine.counts()).map((line) => line.replace(/ .*/, ''))
      return [...new Set(services.filter((each) => !each.startsWith('gateway')))]
    }
    expect((await engine.upgrade()).code).toBe(0)
    expect(await orderOf()).toEqual(['inventory', 'bookings', 'users'])
    await engine.heal('counts')
    expect((await engine.upgrade({ CAMPUS_VERSION: 'a' })).code).toBe(0)
    expect(await orderOf()).toEqual(['bookings', 'users', 'inventory'])
  })

  it('backs up under a name of the moment, and removes no former backup', async () => {
    const engine = await startEngine(before)
    await engine.upgrade({ BACKUP: 'yes' })
    const backup = (await engine.calls()).filter((call) => call.startsWith('compose run'))
    const name = /^compose run --rm operator backup backups\/\d{4}-\d\d-\d\dT\d{6}Z$/
    expect(backup).toEqual([expect.stringMatching(name)])
  })

  it('removes a stopped container of a former release instead of counting it', async () => {
    const engine = await startEngine([...before, 'users 0 false'])
    expect(await engine.upgrade()).toMatchObject({ code: 0, errors: '' })
    expect(await engine.running()).toEqual(after.toSorted())
  })

  it('ends nothing when compose started nothing', async () => {
    const engine = await startEngine(before, ['stingy'])
    const { code, errors } = await engine.upgrade()
    expect([code, errors]).toEqual([1, expect.stringContaining('so none was ended')])
    expect(await engine.running()).toEqual(before.toSorted())
  })

  it('is complete when it is run again after an interruption', async () => {
    const engine = await startEngine(before, ['interrupted'])
    expect((await engine.upgrade()).code).toBe(130)
    expect(await engine.upgrade()).toMatchObject({ code: 0 })
    expect(await engine.upgrade({ CAMPUS_VERSION: 'c' })).toMatchObject({ code: 0, errors: '' })
    expect(await engine.running()).toEqual(
      before.map((each) => each.replace(' a', ' c')).toSorted(),
    )
  })

  it('removes a container that does not get ready, and names what it replaced before', async () => {
    const engine = await startEngine(before, ['unready users'])
    const { code, errors } = await engine.upgrade()
    expect([code, errors]).toEqual([1, expect.stringContaining('left so: inventory bookings. Run')])
    const mixed = ['users a', ...after.filter((each) => /^[ib]/.test(each)), 'gateway a']
    expect(await engine.running()).toEqual(mixed.toSorted())
  })

  it('leaves the second gateway until the first is ready, also when it is run again', async () => {
    const engine = await startEngine(before, ['unready gateway'])
    for (const _ of [1, 2]) {
      expect(await engine.upgrade()).toMatchObject({ code: 1 })
      expect(await engine.running()).toEqual([...after, 'gateway-next b'].toSorted())
    }
    await engine.heal('unready gateway')
    expect(await engine.upgrade()).toMatchObject({ code: 0, errors: '' })
    expect(await engine.running()).toEqual(after.toSorted())
  })

  it('completes when it is run again after an interruption at the gateway', async () => {
    const engine = await startEngine(before, ['torn'])
    expect((await engine.upgrade()).code).toBe(130)
    expect(await engine.running()).toContain('gateway a false')
    expect(await engine.upgrade()).toMatchObject({ code: 0, errors: '' })
    expect(await engine.running()).toEqual(after.toSorted())
  })

  it('does not take an engine that fails for one without containers', async () => {
    const engine = await startEngine(before, ['busy'])
    expect((await engine.upgrade()).code).toBe(1)
    expect(await engine.running()).toContain('users a')
  })

  it('refuses before it changes anything when a service does not run', async () => {
    const engine = await startEngine(before.filter((each) => each !== 'users a'))
    const { code, errors } = await engine.upgrade()
    expect([code, errors]).toEqual([1, expect.stringContaining('users does not run')])
    expect(await engine.counts()).toEqual([])
  })
})

/**
 * A `docker` for the script that keeps a file for each container, and counts and starts stopped
 * ones as compose does.
 * @param containers "service release", and "false" when it does not run
 * @param faults files that make it stingy, interrupted, torn, busy or "unready <service>"
 */
async function startEngine(containers: string[], faults: string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'campus-engine-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries({ docker, sleep: '#!/bin/sh\n' })) {
    await Bun.write(join(folder, 'bin', name), text)
    await chmod(join(folder, 'bin', name), 0o755)
  }
  for (const [at, container] of containers.entries()) {
    const [service, release, runs = 'true'] = container.split(' ')
    await Bun.write(join(folder, `c-${at}`), `${service} campus:${release} ${runs}\n`)
  }
  for (const fault of faults) await Bun.write(join(folder, fault), '')
  const lines = async (name: string) => {
    const file = Bun.file(join(folder, name))
    return (await file.exists()) ? (await file.text()).trim().split('\n') : []
  }
  return {
    async upgrade(environment: Record<string, string> = {}) {
      const child = Bun.spawn([script], {
        env: {
          PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
          ENGINE: folder,
          CAMPUS_VERSION: 'b',
          BACKUP: 'no',
          WAIT: '0',
          ...environment,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      const errors = await child.stderr.text()
      return { code: await child.exited, errors }
    },
    async running() {
      const ids = (await readdir(folder)).filter((name) => name.startsWith('c-'))
      const all = (await Promise.all(ids.map(lines))).flat()
      return all.map((line) => line.replace('campus:', '').replace(/ true$/, '')).toSorted()
    },
    calls: () => lines('calls'),
    /** How many containers of a service ran after each start and stop. */
    counts: () => lines('counts'),
    heal: (fault: string) => rm(join(folder, fault)),
  }
}

const docker = `#!/bin/sh
cd "$ENGINE"
echo "$*" >> calls
of() { grep -l "^$1 " c-*; }
note() { echo "$1 $(grep -h "^$1 .*true" c-* | wc -l | tr -d ' ')" >> counts; }
for last; do :; done
[ ! -e "$last" ] || read -r service image runs < "$last"
case "$1 $2" in
  'compose config')
    for each in bookings gateway inventory operator users; do
      echo "  $each:"
      echo "    image: campus:$CAMPUS_VERSION"
    done ;;
  'compose ps')
    case "$*" in *--all*) of gateway ;; *) grep -l '^gateway .*true' c-* ;; esac ;;
  'compose up')
    service=$last
    if [ -e torn ] && [ "$service" = gateway ]; then
      rm torn
      for id in $(of gateway); do sed -i 's/true/false/' "$id"; done
      exit 130
    fi
    for each; do case $each in *=*) wanted=\${each#*=} ;; esac; done
    for id in $(of "$service"); do
      read -r _ image _ < "$id"
      case "$*" in
        *--no-recreate*) echo "$service $image true" > "$id" ;;
        *) [ "$image" = "campus:$CAMPUS_VERSION" ] || rm "$id" ;;
      esac
    done
    [ -e stingy ] || while [ "$(of "$service" | wc -l)" -lt "\${wanted:-1}" ]; do
      echo "$service campus:$CAMPUS_VERSION true" > "c-new-$(wc -l < calls | tr -d ' ')"
      echo >> calls
    done
    note "$service" ;;
  'ps --all')
    for each; do case $each in *.service=*) of "\${each##*=}" ;; esac; done
    exit 0 ;;
  'image inspect') echo "$last" ;;
  'inspect --format')
    # The third look at it is the one for what is to be replaced.
    [ ! -e busy ] || [ "$last" != c-0 ] || [ "$(grep -c '^inspect.* c-0$' calls)" != 3 ] || exit 1
    case "$3" in
      *Running*) echo "$image $runs" ;;
      *Config.Image*) echo "$image" ;;
      *) echo campus ;;
    esac ;;
  'exec '*)
    read -r service image runs < "$2"
    [ "$runs" = true ] && [ ! -e "unready $service" ] ;;
  'stop '*)
    echo "$service $image false" > "$last"
    note "$service"
    [ ! -e interrupted ] || { rm interrupted; exit 130; } ;;
  'rm '*) rm "$last" ;;
esac
`

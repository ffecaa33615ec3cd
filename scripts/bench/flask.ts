import { $ } from 'bun'
import { existsSync } from 'node:fs'
import { startPeer, type Peer } from './peer.ts'

const source = new URL('../../load-tests/peers/flask', import.meta.url).pathname
const cache = new URL('../../node_modules/.cache/bench/flask', import.meta.url).pathname

/**
 * Starts the Flask peer in a virtual environment, which is created once and kept.
 * @returns the reason if it is not available
 */
export async function startFlask(folder: string): Promise<Peer | string> {
  const missing = await install()
  if (missing) return missing
  const environment = { DATABASE_URL: `sqlite:///${folder}/flask.sqlite`, FLASK_APP: 'app' }
  await $`${cache}/bin/flask prepare`
    .cwd(source)
    .env({ ...process.env, ...environment })
    .quiet()
  return startPeer({
    command: [`${cache}/bin/gunicorn`, '--workers=2', '--bind=127.0.0.1:{port}', 'app:app'],
    environment,
    folder: source,
  })
}

async function install(): Promise<string | undefined> {
  const requirements = await Bun.file(`${source}/requirements.txt`).text()
  const installed = Bun.file(`${cache}/installed.txt`)
  if ((await installed.exists()) && (await installed.text()) === requirements) return undefined
  if (!Bun.which('python3')) return 'there is no python3 here'
  if (!existsSync(`${cache}/bin/pip`)) {
    const made = await $`python3 -m venv ${cache}`.nothrow().quiet()
    if (made.exitCode !== 0) return 'python3 here cannot make a virtual environment'
  }
  const filled = await $`${cache}/bin/pip install --quiet --requirement ${source}/requirements.txt`
    .nothrow()
    .quiet()
  if (filled.exitCode !== 0) return 'pip could not install Flask'
  await Bun.write(installed, requirements)
  return undefined
}

import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './run-system.ts'
import { waitUntil } from './wait.ts'

export const hasCaddy = Bun.which('caddy') !== null

/** A real Caddy with the shipped configuration and a certificate of its own authority. */
export interface Caddy {
  port: number
  output: () => string
  stop: () => Promise<void>
}

/**
 * @param upstream where Campus listens: `127.0.0.1:3000`
 * @param isPlain without TLS, for clients that ask for a certificate they can check
 */
export async function startCaddy(upstream: string, isPlain = false): Promise<Caddy> {
  const folder = await mkdtemp(join(tmpdir(), 'campus-caddy-'))
  const [http = '', https = ''] = freePorts(2)
  const config = join(import.meta.dir, '../../deploy/caddy/Caddyfile')
  // The machine does not trust this test authority.
  const text = await Bun.file(config).text()
  await Bun.write(join(folder, 'Caddyfile'), text.replace(/^\{/m, '{\n\tskip_install_trust'))
  const child = Bun.spawn(['caddy', 'run', '--config', join(folder, 'Caddyfile')], {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      CAMPUS_SITE: isPlain ? `http://127.0.0.1:${http}` : 'localhost',
      CAMPUS_UPSTREAM: upstream,
      CAMPUS_HTTP_PORT: http,
      CAMPUS_HTTPS_PORT: https,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  const collected = collect()
  async function collect() {
    for await (const chunk of child.stderr) output += new TextDecoder().decode(chunk)
  }
  const caddy: Caddy = {
    port: Number(isPlain ? http : https),
    output: () => output,
    stop: async () => {
      child.kill('SIGKILL')
      await child.exited
      await collected
      await rm(folder, { recursive: true, force: true })
    },
  }
  await waitUntil('Caddy listens', async () => {
    if (child.exitCode !== null) throw new Error(`Caddy ended: ${output}`)
    const isCertified = isPlain || output.includes('certificate obtained')
    return isCertified && (await isListening(caddy.port))
  })
  return caddy
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false)).unref()
  })
}

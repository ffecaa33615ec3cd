import { freePorts } from '../harness/run-system.ts'

export interface Peer {
  url: string
  pid: number
  stop: () => Promise<void>
}

export interface PeerOptions {
  command: string[]
  /** A free port is added as PORT, and replaces `{port}` in the command. */
  environment: Record<string, string>
  folder?: string
  /** Where it answers 200 once it is there; by default `/livez`. */
  alive?: string
}

const startTimeout_ms = 15_000

// Reads its standard input, whose other end only this process holds: a line or end of file means
// that the peer is no longer needed. Ctrl-C arrives here as well; it must not end the guard before
// its work is done.
const guardScript = 'trap : INT TERM; "$@" >/dev/null & echo "$!"; read -r _; kill "$!"; wait'

/** Starts a peer to compare with, and waits until it responds. */
export async function startPeer(options: PeerOptions): Promise<Peer> {
  const [port = ''] = freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const command = options.command.map((word) => word.replace('{port}', port))
  const child = Bun.spawn(['/bin/sh', '-c', guardScript, 'guard', ...command], {
    cwd: options.folder ?? process.cwd(),
    env: { ...process.env, ...options.environment, PORT: port },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const errors = child.stderr.text()
  const stop = async () => {
    await child.stdin.end()
    await child.exited
  }
  const deadline = Date.now() + startTimeout_ms
  while (!(await isAlive(url + (options.alive ?? '/livez')))) {
    if (Date.now() > deadline) {
      await stop()
      throw new Error(`${command[0]} did not start:\n${await errors}`)
    }
    await Bun.sleep(20)
  }
  const { value: pid } = await child.stdout.getReader().read()
  return { url, pid: Number(new TextDecoder().decode(pid)), stop }
}

async function isAlive(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => {})
  return answer?.ok ?? false
}

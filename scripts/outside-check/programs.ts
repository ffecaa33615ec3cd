import { join } from 'node:path'
import { waitFor } from './wait-for.ts'

const root = join(import.meta.dir, '../..')

export interface Program {
  stop: () => Promise<void>
}

/** Starts a program, and waits until it responds at a URL. @throws Error with its output */
export async function startProgram(
  command: string[],
  { environment, ready }: { environment: Record<string, string>; ready: string },
): Promise<Program> {
  const child = Bun.spawn(command, {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream) output = (output + new TextDecoder().decode(part)).slice(-4000)
  }
  void read(child.stdout)
  void read(child.stderr)
  await waitFor(ready, async () => {
    if (child.exitCode !== null) throw new Error(`${command[0]} ended: ${output}`)
    return (await fetch(ready).catch(() => undefined))?.ok ? true : undefined
  })
  return {
    stop: async () => {
      child.kill()
      await child.exited
    },
  }
}

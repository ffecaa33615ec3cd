import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

export interface Engine {
  /** Runs `docker compose` on compose.yaml. @throws Error with its words when it fails */
  compose: (...words: string[]) => Promise<string>
  docker: (...words: string[]) => Promise<string>
}

/** @returns undefined where no container engine answers */
export async function findEngine(
  project: string,
  environment: Record<string, string>,
): Promise<Engine | undefined> {
  const run = async (command: string[]) => {
    const child = Bun.spawn(command, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
    if ((await child.exited) === 0) return output
    throw new Error(`${command.join(' ')}: ${errors.slice(-2000)}`)
  }
  if (!Bun.which('docker')) return undefined
  const tools = [['docker', 'compose'], ['docker-compose']]
  for (const tool of tools) {
    try {
      await run([...tool, 'ps'])
      return {
        compose: (...words) => run([...tool, '--project-name', project, ...words]),
        docker: (...words) => run(['docker', ...words]),
      }
    } catch {
      // the other one, then
    }
  }
  return undefined
}

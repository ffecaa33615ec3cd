import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

export interface Engine {
  /** Runs `docker compose` on compose.yaml. @throws Error with its output when it fails */
  compose: (...words: string[]) => Promise<string>
  docker: (...words: string[]) => Promise<string>
}

/**
 * @param files beside compose.yaml, which add to it
 * @returns undefined when no container engine responds
 */
export async function findEngine(
  project: string,
  environment: Record<string, string>,
  files: string[] = [],
): Promise<Engine | undefined> {
  const stack = ['compose.yaml', ...files].flatMap((file) => ['--file', file])
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
      await run([...tool, ...stack, 'ps'])
      return {
        compose: (...words) => run([...tool, ...stack, '--project-name', project, ...words]),
        docker: (...words) => run(['docker', ...words]),
      }
    } catch {
      // try the other one
    }
  }
  return undefined
}

/**
 * @param others images beside those that always start
 * @returns the first image that is neither present nor can be pulled, if any
 */
export async function findAbsentImage(
  docker: Engine['docker'],
  others: string[] = [],
): Promise<string | undefined> {
  for (const image of [...(await listImages()), ...others]) {
    const isHere = await docker('image', 'inspect', image)
      .catch(() => docker('pull', image))
      .then(
        () => true,
        () => false,
      )
    if (!isHere) return image
  }
  return undefined
}

/** The images of compose.yaml, and the base image of the Dockerfile. */
async function listImages(): Promise<Set<string>> {
  const compose = Bun.YAML.parse(await Bun.file(join(root, 'compose.yaml')).text()) as Compose
  const started = Object.values(compose.services).filter(({ profiles }) => !profiles)
  const dockerfile = await Bun.file(join(root, 'Dockerfile')).text()
  const bases = [...dockerfile.matchAll(/^ARG \w+=(\S+:\S+)/gm)].map(([, image = '']) => image)
  return new Set([...bases, ...started.flatMap(({ image, build }) => (build ? [] : (image ?? [])))])
}

interface Compose {
  services: Record<string, { image?: string; build?: string; profiles?: string[] }>
}

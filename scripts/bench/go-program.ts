import { $ } from 'bun'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const cache = join(import.meta.dir, '../../node_modules/.cache/bench/go')

interface Absent {
  why: string
}

/**
 * Builds a Go program the first time, which takes minutes, and keeps it.
 * @param from what `go install` takes, or the folder of a module of our own
 * @returns its path, or why it cannot be had
 */
export async function buildGoProgram(name: string, from: string): Promise<string | Absent> {
  const program = `${cache}/${name}`
  if (existsSync(program)) return program
  if (!Bun.which('go')) return { why: 'there is no go here' }
  const built = from.startsWith('/')
    ? await $`go build -C ${from} -o ${program} .`.nothrow().quiet()
    : await $`go install ${from}`
        .env({ ...process.env, GOBIN: cache })
        .nothrow()
        .quiet()
  if (built.exitCode === 0) return program
  return { why: `go could not build ${name}: ${built.stderr.toString().trim()}` }
}

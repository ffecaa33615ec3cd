import process from 'node:process'

// What the one binary does: `campus` is `bun serve.ts`, `campus run backup` is `bun run backup`.

const commands: Record<string, () => Promise<unknown>> = {
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  doctor: () => import('./doctor.ts'),
  files: () => import('./files.ts'),
  user: () => import('./user.ts'),
}
// What starts these by itself finds them at their paths; see `commandOf`.
const programs: typeof commands = {
  'operator/doctor.ts': () => import('./doctor.ts'),
  'services/courses/judge/child.ts': () => import('../services/courses/judge/child.ts'),
}

const [word, name = ''] = process.argv.slice(2)
const run = commands[name] ?? programs[name]
if (word !== 'run') await import('../serve.ts')
else if (run) {
  // Each then finds its own words where it always does.
  process.argv.splice(2, 2)
  await run()
} else {
  console.error(`campus run ${Object.keys(commands).join(' | ')}`)
  process.exit(2)
}

import process from 'node:process'

// The single binary: `campus` is `bun serve.ts`, `campus run backup` is `bun run backup`.

const commands: Record<string, () => Promise<unknown>> = {
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  doctor: () => import('./doctor.ts'),
  files: () => import('./files.ts'),
  user: () => import('./user.ts'),
  upgrade: () => import('./upgrade.ts'),
}
// Started by other parts of Campus, by path; see `commandOf`.
const programs: typeof commands = {
  'operator/doctor.ts': () => import('./doctor.ts'),
  'services/courses/judge/child.ts': () => import('../services/courses/judge/child.ts'),
}

const usage = `campus [service…]     serves everything, or these services
campus run <command>  ${Object.keys(commands).join(', ')}; with --help: its usage
campus --version`

const [word = '', name = ''] = process.argv.slice(2)
const run = commands[name] ?? programs[name]
if (/^(--help|-h|help)$/.test(word)) console.log(usage)
else if (word !== 'run') await import('../serve.ts')
else if (run) {
  // The command then finds its arguments where it expects them.
  process.argv.splice(2, 2)
  await run()
} else {
  console.error(usage)
  process.exit(2)
}

import { argv, exit } from 'node:process'

// What the one binary does: `campus` is `bun serve.ts`, `campus run backup` is `bun run backup`.

const commands: Record<string, () => Promise<unknown>> = {
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  doctor: () => import('./doctor.ts'),
}

const [word, name = ''] = argv.slice(2)
if (word !== 'run') await import('../serve.ts')
else if (commands[name]) {
  // Each then finds its own words where it always does.
  argv.splice(2, 2)
  await commands[name]()
} else {
  console.error(`campus run ${Object.keys(commands).join(' | ')}`)
  exit(2)
}

import { startEmbeddedPostgres } from '../shared/testing/postgres.ts'
import { makeTemplates } from './test/templates.ts'
const server = await startEmbeddedPostgres()
const t = await makeTemplates(server.url, '/tmp/ci7m/template')
await Bun.write(
  '/tmp/ci7m/env.json',
  JSON.stringify({ ...t.environment, TEST_POSTGRES_URL: server.url, TZ: 'UTC' }),
)
console.log('ready', server.url)
process.on('SIGTERM', async () => {
  await server.stop()
  process.exit(0)
})
setInterval(() => {}, 1e6)

import { findUnfit, generateMigration } from './migration/generate.ts'

// bun run migration inventory add-colour: writes the changes of services/inventory/tables.ts since
// the last migration as SQL for both databases. Review it, add what drizzle cannot express, commit.
const [service, title] = process.argv.slice(2)
if (!service || !/^[a-z][a-z0-9-]*$/.test(title ?? '')) {
  console.error('Usage: bun run migration <service> <title-in-kebab-case>')
  process.exit(1)
}
for (const dialect of ['sqlite', 'postgres'] as const) {
  const migration = await generateMigration(service, dialect)
  const unfit = findUnfit(migration.sql)
  if (unfit) {
    console.error(`${unfit}
No database with rows can run this. Give the column a default, or let it be null.`)
    process.exit(1)
  }
  if (!migration.sql) {
    console.log(`${dialect}: nothing changed`)
    continue
  }
  const name = `${migration.number}_${title}.sql`
  await Bun.write(`${migration.folder}/${name}`, `${migration.sql}\n`)
  await Bun.write(`${migration.folder}/snapshot.json`, migration.snapshot)
  console.log(`${dialect}: ${migration.folder}/${name}`)
}

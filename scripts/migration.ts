import { findUnfit, generateMigration } from './migration/generate.ts'

// bun run migration inventory add-colour: writes the changes of services/inventory/tables.ts since
// the last migration as SQL for both databases. Review it, add what drizzle cannot express, commit.
const [service, title] = process.argv.slice(2)
if (!service || !/^[a-z][a-z0-9-]*$/.test(title ?? '')) {
  console.error('Usage: bun run migration <service> <title-in-kebab-case>')
  process.exit(1)
}
const migrations = [
  await generateMigration(service, 'sqlite'),
  await generateMigration(service, 'postgres'),
]
const unfit = migrations.map(({ sql }) => findUnfit(sql)).find((line) => line !== undefined)
if (unfit !== undefined) {
  console.error(`${unfit}
No database with rows can run this. Give the column a default, or let it be null.`)
  process.exit(1)
}
for (const { folder, number, sql, snapshot } of migrations) {
  const path = `${folder}/${number}_${title}.sql`
  if (!sql) {
    console.log(`nothing changed in ${folder}`)
    continue
  }
  await Bun.write(path, `${sql}\n`)
  await Bun.write(`${folder}/snapshot.json`, snapshot)
  console.log(path)
}

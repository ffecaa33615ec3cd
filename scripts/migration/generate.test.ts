import { describe, expect, it } from 'bun:test'
import { serviceNames } from '../../services/index.ts'
import { generateMigration } from './generate.ts'

describe('migrations', () => {
  for (const service of serviceNames) {
    it(`of ${service} say what its tables are (else run: bun run migration)`, async () => {
      expect((await generateMigration(service, 'sqlite')).sql).toBe('')
      expect((await generateMigration(service, 'postgres')).sql).toBe('')
    })
  }
})

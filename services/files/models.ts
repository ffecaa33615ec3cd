import { Elysia, t } from 'elysia'
import * as file from '../../shared/schemas/file.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** Wire models, under the names that routes and the OpenAPI document use. */
export const models = new Elysia({ name: 'files models' }).model({
  FileChange: file.FileChange,
  FileLink: file.FileLink,
  FileRecord: file.FileRecord,
  FileRecordList: file.FileRecordList,
  FileUsage: file.FileUsage,
  NewFileLink: t.Optional(file.NewFileLink),
  Problem,
})

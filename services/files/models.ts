import { Elysia, t } from 'elysia'
import * as file from '../../shared/schemas/file.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'files models' }).model({
  FileChange: file.FileChange,
  FileLink: file.FileLink,
  FileRecord: file.FileRecord,
  FileRecordList: file.FileRecordList,
  FileUsage: file.FileUsage,
  NewFileLink: t.Optional(file.NewFileLink),
  Problem,
})

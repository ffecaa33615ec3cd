export { backUpDatabase, openRestoreTarget, requireRestorable } from './backup.ts'
export { createBatch, type Batch, type BatchStatement, type StoredResponse } from './batch.ts'
export { createBundles, type Bundle, type BundleStatement } from './bundle.ts'
export { columnsOf, placeholder, type Columns } from './columns.ts'
export { infinity_ms } from './encoding.ts'
export { contains, containsInAnyCase } from './contains.ts'
export {
  explainDatabase,
  isDeadlock,
  storageFault,
  StoreBusyError,
  violation,
  type StorageFault,
  type Violation,
} from './error.ts'
export { createGroupCommit, type Enqueue, type GroupWriter } from './group-commit.ts'
export { insertInto, prepareInserts, prepareWrites } from './insert.ts'
export { createStores, type Stores } from './open.ts'
export { prepareChange, prepareRead } from './prepare-read.ts'
export { keepReads } from './keep-reads.ts'
export { openReader } from './reader.ts'
export type { Database, JsonMembers, LogMarks, LogTable, Reader, Store } from './store.ts'
export type { Filled, Given } from './template.ts'
export type { Trace } from './trace.ts'

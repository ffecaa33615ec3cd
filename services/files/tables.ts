import { isNotNull, isNull } from 'drizzle-orm'
import { idempotencyTable } from '../../shared/idempotency.ts'
import { refoldTable } from '../../shared/refold.ts'
import type { Columns } from '@campus/store/columns.ts'
import { fileEventTables } from './events/tables.ts'

/**
 * The schema of files. Bytes without a row in `contents` or `upload_parts` are garbage: rows
 * decide, the blob store only stores.
 */
export const filesTables = (c: Columns) => ({
  /** Contents, stored once for all owners. */
  contents: c.table('contents', {
    file_hash: c.text('file_hash').primaryKey(),
    /** Where the bytes are. Never reused, so that removing old bytes cannot hit new ones. */
    blob_key: c.id('blob_key').notNull().unique(),
    size: c.bytes('size').notNull(),
    /** When a check found the bytes damaged or missing. The next upload of them repairs it. */
    damaged: c.instant('damaged'),
  }),
  files: c.table(
    'files',
    {
      file_hash: c.text('file_hash').notNull(),
      owner: c.text('owner').notNull(),
      file_name: c.text('file_name').notNull(),
      /** The folded name, so that both databases find the same. */
      search_name: c.text('search_name').notNull(),
      file_type: c.text('file_type').notNull(),
      /** The size of the contents, copied for the sums. */
      size: c.bytes('size').notNull().default(0),
      created: c.instant('created').notNull(),
      version: c.integer('version').notNull().default(1),
    },
    (t) => [
      c.unique('one_record_per_owner').on(t.file_hash, t.owner),
      c.index('files_of_owner').on(t.owner, t.created),
      c.index('files_by_time').on(t.created),
      c.index('files_of_owner_by_size').on(t.owner, t.size),
    ],
  ),
  /**
   * Each owner's totals, maintained by triggers on files and uploads. Adding a file locks the row,
   * so that two cannot both use the last of a quota.
   */
  owners: c.table('owners', {
    owner: c.text('owner').primaryKey(),
    used_bytes: c.bytes('used_bytes').notNull().default(0),
    /** Announced by unfinished uploads. */
    pending_bytes: c.bytes('pending_bytes').notNull().default(0),
    /** The last day a file was added, in UTC days since 1970, and the amount added on it. */
    day: c.integer('day').notNull().default(0),
    day_files: c.integer('day_files').notNull().default(0),
    day_bytes: c.bytes('day_bytes').notNull().default(0),
  }),
  ...pinTables(c),
  ...uploadTables(c),
  ...fileEventTables(c),
  idempotency_keys: idempotencyTable(c),
  refold: refoldTable(c),
})

const pinTables = (c: Columns) => ({
  /** Contents that something refers to; they stay as long as it does. */
  pins: c.table(
    'pins',
    {
      file_hash: c.text('file_hash').notNull(),
      holder: c.id('holder').notNull(),
      /** The owner who cannot delete their record meanwhile, as it counts towards them. */
      owner: c.text('owner'),
      file_type: c.text('file_type').notNull(),
      pinned: c.instant('pinned').notNull(),
      /** Since when the holder is known to refer to it. */
      reviewed: c.instant('reviewed'),
      /** The service that refers to it. */
      service: c.text('service').notNull().default('bookings'),
    },
    (t) => [
      c.unique('one_pin_per_holder').on(t.file_hash, t.holder),
      c.index('pins_of_holder').on(t.holder),
      c.index('pins_of_owner').on(t.owner, t.file_hash).where(isNotNull(t.owner)),
      c.index('pins_to_review').on(t.pinned).where(isNull(t.reviewed)),
      c.index('pins_that_count').on(t.reviewed).where(isNotNull(t.owner)),
      c.index('pins_of_service').on(t.service, t.reviewed),
    ],
  ),
})

const uploadTables = (c: Columns) => ({
  /** Resumable uploads (tus), finished ones until they expire. */
  uploads: c.table(
    'uploads',
    {
      id: c.id('id').primaryKey(),
      owner: c.text('owner').notNull(),
      size: c.bytes('size').notNull(),
      received: c.bytes('received').notNull().default(0),
      /** `Upload-Metadata` as received. */
      metadata: c.text('metadata').notNull(),
      created: c.instant('created').notNull(),
      expires: c.instant('expires').notNull(),
      /** The file it became. */
      file_hash: c.text('file_hash'),
    },
    (t) => [
      c.index('uploads_by_expiry').on(t.expires),
      c.index('uploads_of_owner').on(t.owner),
      c.index('unfinished_uploads').on(t.owner).where(isNull(t.file_hash)),
    ],
  ),
  upload_parts: c.table(
    'upload_parts',
    {
      blob_key: c.id('blob_key').primaryKey(),
      upload_id: c.id('upload_id').notNull(),
      position: c.bytes('position').notNull(),
    },
    (t) => [c.unique('one_part_at_a_position').on(t.upload_id, t.position)],
  ),
})

export type FilesTables = ReturnType<typeof filesTables>
export type FileRow = FilesTables['files']['$inferSelect']
export type ContentRow = FilesTables['contents']['$inferSelect']
export type UploadRow = FilesTables['uploads']['$inferSelect']

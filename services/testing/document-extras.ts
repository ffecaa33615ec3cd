import type { Extras } from './document-walk.ts'

const tus = { 'tus-resumable': '1.0.0' }
/** The content of the file that is kept. */
export const bytes = 'what is kept'
const window = 'from=2027-02-01T00:00:00Z&to=2027-02-03T00:00:00Z'
const [csv, ics] = [{ 'content-type': 'text/csv' }, { 'content-type': 'text/calendar' }]
const inWindow = ['listAllocations', 'listLaunchpadSlots', 'listResourceSlots', 'listRunwaySlots']

/** What examples do not say. */
export const extras: Extras = {
  ...Object.fromEntries(inWindow.map((id) => [id, { query: window }])),
  getUtilisation: { query: `by=type&${window}` },
  exportUtilisation: { query: `by=person&${window}` },
  exportBookings: { query: window },
  linkResourcePhotos: { query: `ids=${crypto.randomUUID()}` },
  listOpenings: { query: 'type=Car&duration=PT3H' },
  exportBooks: { query: 'format=json' },
  listRatingSummaries: { query: 'book_ids=1' },
  // Another reader: the same book can be rated in two places, and by one only once.
  rateListedBook: { as: 'anna' },
  uploadFile: { body: bytes, query: 'file_name=a.txt', headers: { 'content-type': 'text/plain' } },
  takeBounce: { body: 'Subject: Away', headers: { 'content-type': 'message/rfc822' } },
  readClosedDays: { body: 'BEGIN:VCALENDAR\nEND:VCALENDAR', headers: ics },
  importBooks: { body: 'Title,Author\nMiddlemarch,George Eliot\n', headers: csv },
  createUpload: {
    headers: {
      ...tus,
      'upload-length': String(bytes.length),
      'upload-metadata': 'filename YS50eHQ=',
    },
  },
  getUploadOffset: { headers: tus },
  deleteUpload: { headers: tus },
  appendToUpload: {
    body: bytes.slice(0, 4),
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
  },
  logIn: { as: null },
  decommissionCar: { query: 'allocations=cancel' },
  deleteExercise: { query: 'submissions=delete' },
}

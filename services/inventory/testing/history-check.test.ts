import { expect, it } from 'bun:test'
import { createHistoryCheck, type StoredVersion } from './history-check.ts'

const [early, late] = [
  { from: 1, to: 2 },
  { from: 5, to: 6 },
]
const [resource, booking] = ['one', 'a']

function tell() {
  const { note, check } = createHistoryCheck()
  const made = { status: 201, booking, span: early, held_until: null }
  note({ operation: { does: 'book', resource, booking, span: early }, answer: made })
  const moved = { status: 200, booking, span: late, version: 2, held_until: null }
  note({ operation: { does: 'change', resource, booking, span: late }, answer: moved })
  note({ operation: { does: 'change', resource, booking, span: early }, answer: { status: 409 } })
  note({ operation: { does: 'release', resource, booking }, answer: { status: 204 } })
  return (stored: StoredVersion[]) => check(stored, (label) => `id of ${label}`)
}

const id = 'id of a'
const whole: StoredVersion[] = [
  { id, span: early, version: 1, held_until: null, change: 'moved', changed_by: 'user' },
  { id, span: late, version: 2, held_until: null, change: 'released', changed_by: 'user' },
]

it('finds every version that was acknowledged', () => {
  expect(tell()(whole)).toEqual([])
})

it('misses one that is not there, or is another one', () => {
  expect(tell()(whole.slice(1))).toHaveLength(1)
  expect(tell()([])).toHaveLength(2)
  const [first, last] = whole as [StoredVersion, StoredVersion]
  expect(tell()([first, { ...last, span: { from: 5, to: 7 } }])).toHaveLength(1)
  expect(tell()([first, { ...last, held_until: 9 }])).toHaveLength(1)
  expect(tell()(whole.map((one) => ({ ...one, id: 'another' })))).toHaveLength(2)
})

it('misses who released it', () => {
  const [first, last] = whole as [StoredVersion, StoredVersion]
  expect(tell()([first, { ...last, changed_by: null }])).toHaveLength(1)
})

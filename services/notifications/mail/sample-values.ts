import type { Notification } from '../../../shared/schemas/notification.ts'

/** The content of previews: every value that a text can name. */
export const sampleNotification: Pick<Notification, 'data'> = {
  data: {
    title: 'Visit to a customer in Kassel',
    number: '7Q2M9-XDF4K',
    course: 'Introduction to Programming',
    was_score: 62.5,
    score: 87.5,
    from: '2027-06-01T08:00:00.000Z',
    to: '2027-06-01T16:00:00.000Z',
    resources: ['Car 12', 'Trailer 3'],
    days: 5,
    reason: 'The car is in repair.',
    late_since: '2027-06-01T07:30:00.000Z',
    held_until: '2027-06-01T07:00:00.000Z',
    was: { from: '2027-06-01T09:00:00.000Z' },
    was_for_another: true,
  },
}

export const samplePeople = { by: 'Anna Berg', person: 'Ben Kraus' }
export const sampleUntil_ms = Date.parse('2027-06-08T08:00:00Z')

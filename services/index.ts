import type { App } from '../shared/app.ts'
import type { Context } from '../shared/context.ts'
import { books } from './books/index.ts'
import { fillBooks } from './books/sample.ts'
import { courses } from './courses/index.ts'
import { fillCourses } from './courses/sample.ts'
import { files } from './files/index.ts'
import { fillFiles } from './files/sample.ts'
import { gateway } from './gateway/index.ts'
import { fillInventory } from './inventory/sample.ts'
import { inventory } from './inventory/index.ts'
import { ratings } from './ratings/index.ts'
import { fillRatings } from './ratings/sample.ts'
import { prepareUsers } from './users/first-start.ts'
import { users } from './users/index.ts'
import { bookings } from './bookings/index.ts'
import { notifications } from './notifications/index.ts'
import { prepareNotifications } from './notifications/prepare.ts'
import { fillUsers } from './users/sample.ts'
import { fillBookings } from './bookings/sample.ts'

export interface Service {
  /** What it is about, for the document. */
  about: string
  create: (context: Context) => App
  /** Where it listens when it runs alone. */
  port: number
  /** Whether API keys may only read here, whatever their scopes. */
  keysOnlyRead?: boolean
  /** What must be there before anybody is served. */
  prepare?: (context: Context) => Promise<void>
  /** Fills an empty system with sample data. */
  fill: (context: Context) => Promise<void>
}

/** All of Campus: the one public door, and the services behind it, each with its database. */
export const campus = {
  gateway: { create: gateway, port: 3000 },
  users: {
    about: 'Accounts, logins and tokens',
    create: users,
    port: 3001,
    // A key that could change accounts could give itself all that was withheld from it.
    keysOnlyRead: true,
    prepare: prepareUsers,
    fill: fillUsers,
  },
  inventory: {
    about: 'Things that can be booked, and their bookings, which never overlap',
    create: inventory,
    port: 3002,
    fill: fillInventory,
  },
  ratings: { about: 'What users think of books', create: ratings, port: 3003, fill: fillRatings },
  books: {
    about: 'A reading list, and the shelves of its readers',
    create: books,
    port: 3004,
    fill: fillBooks,
  },
  files: {
    about: 'Files, downloads and resumable uploads (tus 1.0)',
    create: files,
    port: 3005,
    fill: fillFiles,
  },
  courses: {
    about: 'Courses, exercises, submissions and scores',
    create: courses,
    port: 3006,
    fill: fillCourses,
  },
  bookings: { about: 'Bookings of members', create: bookings, port: 3007, fill: fillBookings },
  notifications: {
    about: 'Notifies people and other systems of events',
    create: notifications,
    port: 3008,
    prepare: prepareNotifications,
    fill: async () => {},
  },
}

/** What a process may run. */
export type PartName = keyof typeof campus
export const partNames = Object.keys(campus) as PartName[]

export type ServiceName = Exclude<PartName, 'gateway'>
export const serviceNames = partNames.filter((name) => name !== 'gateway')

export function isPart(name: string): name is PartName {
  return Object.hasOwn(campus, name)
}

/** Where API keys may only read. */
export function listKeysOnlyRead(): ServiceName[] {
  return serviceNames.filter((name) => 'keysOnlyRead' in campus[name])
}

/** What the tags of the document mean. */
export function listTags() {
  return serviceNames.map((name) => ({ name, description: campus[name].about }))
}

import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { toAttachment } from '../../../shared/answer.ts'
import { toCsvLine } from '../../../shared/csv.ts'
import { reads, sendsFile } from '../../../shared/convention.ts'
import { text, windowBound } from '../../../shared/schemas/primitive.ts'
import {
  UtilisationKind,
  UtilisationRow,
  type Utilisation,
} from '../../../shared/schemas/utilisation.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const reportText = [
  'Report how resources were used',
  'By resource, type, group or person: booked, used, missed, idle, and refused. Managers of ' +
    'resources see those. A person in two groups counts in both. A window has at most ' +
    '366 days.',
] as const

const csvText = [
  'Export the report as CSV',
  'The figures are in hours; the first line names the columns.',
] as const

const query = t.Object({
  by: UtilisationKind,
  from: windowBound('Start of the window'),
  to: windowBound('End of the window'),
  type: t.Optional(text(100, 1, 'Only resources of this type')),
})

/** Reports of use: `/api/bookings/utilisation`. */
export function reportRoutes({ utilisation }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/utilisation', (c) => utilisation(readRequest(c)), {
      ...reads('Utilisation', { getUtilisation: reportText }),
      access: 'member',
      query,
    })
    .get('/utilisation.csv', (c) => sendCsv(c, utilisation(readRequest(c))), {
      ...sendsFile('text/csv', { exportUtilisation: csvText }),
      access: 'member',
      query,
    })
}

type Asked = Parameters<BookingsService['utilisation']>[0]

function readRequest({ query, caller, headers }: Pick<Asked, 'query' | 'caller'> & Headed): Asked {
  return { query, caller, authorization: headers['authorization'] }
}

interface Headed {
  headers: Record<string, string | undefined>
}

interface Answer {
  set: { headers: Record<string, string | number> }
}

async function sendCsv({ set }: Answer, report: Promise<Utilisation>): Promise<string> {
  const { by, rows } = await report
  const columns = Object.keys(UtilisationRow.properties) as (keyof UtilisationRow)[]
  set.headers['content-type'] = 'text/csv; charset=utf-8; header=present'
  Object.assign(set.headers, toAttachment(`utilisation-by-${by}.csv`))
  const lines = rows.map((row) => toCsvLine(columns.map((name) => String(row[name] ?? ''))))
  return [toCsvLine(columns), ...lines].join('')
}

import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { streamFile } from '../../../shared/answer.ts'
import { sendsFile } from '../../../shared/convention.ts'
import { text, windowBound } from '../../../shared/schemas/primitive.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const exportText = [
  'Export bookings as CSV: who had what and when',
  'What touches a window of at most 366 days, by start, with what was recorded at the handovers. ' +
    'A line for each resource, in words of the language. Times are local, in the zone that the ' +
    'line names, with the offset where clocks show a time twice. For members their own; for ' +
    'managers of resources those, and for administrators all, with addresses. In German the ' +
    'separator is a semicolon.',
] as const

/** The log of bookings: `/api/bookings/export`. */
export function exportRoutes({ exportBookings }: BookingsService) {
  return new Elysia({ prefix: '/api/bookings', tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/export', async (c) => toResponse(await exportBookings(readRequest(c))), {
      ...sendsFile('text/csv', { exportBookings: exportText }),
      access: 'member',
      query: t.Object({
        from: windowBound('Ends after this time'),
        to: windowBound('Begins before this time'),
        type: t.Optional(text(100, 1, 'Only resources of this type')),
        language: t.Optional(t.Union([t.Literal('en'), t.Literal('de')])),
      }),
    })
}

type Asked = Parameters<BookingsService['exportBookings']>[0]

interface Headed {
  headers: Record<string, string | undefined>
}

function readRequest({ query, caller, headers }: Pick<Asked, 'query' | 'caller'> & Headed): Asked {
  return { query, caller, authorization: headers['authorization'] }
}

function toResponse(lines: AsyncGenerator<string>): Response {
  return streamFile(lines, {
    type: 'text/csv; charset=utf-8; header=present',
    name: 'bookings.csv',
  })
}

import { Elysia, t } from 'elysia'
import { access } from '../../../shared/access.ts'
import { reads, sends } from '../../../shared/convention.ts'
import { Id } from '../../../shared/schemas/primitive.ts'
import { models } from '../models.ts'
import type { BookingsService } from '../service.ts'

const code = t.String({
  pattern: '^[0-9A-Za-z]{5}-[0-9A-Za-z]{5}$',
  description: 'What is printed on the resource: `7Q2M9-XDF4K`',
})
const svg = { 'content-type': 'image/svg+xml' }

const readText = [
  'Get the resource of a printed code',
  'The console shows it at `/r/{code}`, the address in the printed code.',
] as const

const drawText = [
  'Get the code of a resource for printing',
  'A QR code as SVG. It never changes, and leads to `/r/{code}`.',
] as const

/** Printed codes of resources: `/api/resource_codes`, `/api/qr_codes`. */
export function codeRoutes({ handover: { codes } }: BookingsService) {
  const { read, draw } = codes
  return new Elysia({ tags: ['bookings'], normalize: false })
    .use(access)
    .use(models)
    .get('/api/resource_codes/:code', (c) => read(c.params.code, c.caller), {
      ...reads('ResourceNow', { readResourceCode: readText }, 404),
      access: 'member',
      params: t.Object({ code }),
    })
    .get(
      '/api/qr_codes/:id',
      async (c) => new Response(await draw(c.params.id, c.caller), { headers: svg }),
      {
        ...sends('image/svg+xml', { drawResourceCode: drawText }, 404, 409),
        access: 'member',
        params: t.Object({ id: Id }),
      },
    )
}

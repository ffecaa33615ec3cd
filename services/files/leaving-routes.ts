import { Elysia, t } from 'elysia'
import { access } from '../../shared/access.ts'
import { answers, reads } from '../../shared/convention.ts'
import * as schema from '../../shared/schemas/leaving.ts'
import { Id } from '../../shared/schemas/primitive.ts'
import { Problem } from '../../shared/schemas/problem.ts'
import type { FilesService } from './service.ts'

const models = new Elysia({ name: 'leaving files models' }).model({
  FileHandOver: schema.FileHandOver,
  FileHoldings: schema.FileHoldings,
  Problem,
  Progress: schema.Progress,
})

const forUsers = { access: { service: ['users'] } } as const

/** The files of a leaving user; only for the users service, which knows who may ask. */
export function leavingRoutes({ leaving }: FilesService) {
  return new Elysia({ prefix: '/api/files', tags: ['files'], normalize: false })
    .use(access)
    .use(models)
    .get('/holdings', (c) => leaving.holdings(c.query.user_id), {
      ...reads('FileHoldings', { getFileHoldings: 'Get how many files a user has' }),
      ...forUsers,
      query: t.Object({ user_id: Id }),
    })
    .post('/hand_over', (c) => leaving.handOver(c.body), {
      ...answers('Progress', { handOverFiles: 'Give the files of a user to another' }, 409),
      ...forUsers,
      body: 'FileHandOver',
    })
}

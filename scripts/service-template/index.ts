import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { noteRoutes } from './note-routes.ts'
import { deskService } from './service.ts'

/** Notes of members: visible to all of them, changed only by their owners. */
export function desk(context: Context) {
  const service = deskService(context)
  return new Elysia({ name: 'desk', tags: ['desk'], normalize: false }).use(noteRoutes(service))
}

export type DeskApi = ReturnType<typeof desk>

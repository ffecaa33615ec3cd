import { Elysia } from 'elysia'
import type { Context } from '../../shared/context.ts'
import { contentRoutes } from './content-routes.ts'
import { collectionRoutes, fileRoutes } from './file-routes.ts'
import { leavingRoutes } from './leaving-routes.ts'
import { pinRoutes } from './pin-routes.ts'
import { filesService } from './service.ts'
import { fileEventRoutes } from './events/file-event-routes.ts'
import { uploadRoutes, uploadsRoutes } from './upload-routes.ts'

/** Contents by their hash, names in a database. */
export function files(context: Context) {
  const service = filesService(context)
  return new Elysia({ name: 'files', tags: ['files'], normalize: false })
    .use(leavingRoutes(service))
    .use(pinRoutes(service))
    .use(fileEventRoutes(service))
    .use(collectionRoutes(service))
    .use(fileRoutes(service))
    .use(contentRoutes(service))
    .use(uploadsRoutes(service))
    .use(uploadRoutes(service))
}

export type FilesApi = ReturnType<typeof files>

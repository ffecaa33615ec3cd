import { Elysia } from 'elysia'

/** Who calls. Until there are accounts, everybody is the same administrator. */
export interface Caller {
  id: string
  role: 'admin' | 'member'
}

/** Who may use a route. Each route declares one; see `requireAccess`. */
export type Access = 'public' | 'member' | 'admin'

const anonymous: Caller = { id: 'anonymous', role: 'admin' }

/** Plugin: `{ access: 'member' }` on a route gives its handler `caller`. */
export const access = new Elysia({ name: 'access' }).macro({
  access: (rule: Access) => ({
    detail: { 'x-access': rule } as object,
    resolve: () => ({ caller: anonymous }),
  }),
})

interface Route {
  method: string
  path: string
  hooks: { detail?: object }
}

/**
 * Nothing is public by accident.
 * @throws Error that names every route which declares no access
 */
export function requireAccess(routes: readonly Route[]): void {
  const open = routes.filter((route) => !('x-access' in (route.hooks.detail ?? {})))
  if (open.length === 0) return
  const names = open.map(({ method, path }) => `${method} ${path}`).join(', ')
  throw new Error(`These routes declare no access; add { access: … } to them: ${names}`)
}

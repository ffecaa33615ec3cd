import type { ScopeArea } from '../scope.ts'

interface Route {
  path: string
  hooks: { detail?: { tags?: readonly string[] } }
}

/**
 * Finds the service of a path by the tags of the routes: all of `/api/cars` belongs to one.
 * @returns undefined for a path that no service has
 */
export function createAreas(
  routes: readonly Route[],
  keysOnlyRead: readonly string[] = [],
): (path: string) => ScopeArea | undefined {
  const areas = new Map<string, ScopeArea>()
  for (const { path, hooks } of routes) {
    const [service] = hooks.detail?.tags ?? []
    if (service === undefined) continue
    areas.set(toPrefix(path), { service, keysOnlyRead: keysOnlyRead.includes(service) })
  }
  return (path) => areas.get(toPrefix(path))
}

function toPrefix(path: string): string {
  return path.split('/', 3).join('/')
}

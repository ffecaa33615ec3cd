import document from '../../docs/openapi.json'

/** The merged document of all services: what the gateway promises, wherever they run. */
export { document }

/**
 * The paths a service owns, by the document: `/api/cars` stands for itself and all below it.
 * @throws Error when the document knows no path of the service
 */
export function pathsOf(service: string): string[] {
  const owned = Object.entries(document.paths)
    .filter(([, operations]) =>
      Object.values(operations).some(({ tags }) => tags.includes(service)),
    )
    .map(([path]) => path.split('/').slice(0, 3).join('/'))
  if (owned.length === 0) {
    throw new Error(`docs/openapi.json knows no path of ${service}. Run: bun run openapi`)
  }
  return [...new Set(owned)]
}

import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { useQuery } from '../query.ts'

type Shown = Pick<Resource, 'id' | 'name' | 'photo'>

// The server's limit per request. Users who scroll further choose by name.
const idsMax = 100

/** Links to photos of resources, by id: empty until loaded, or on failure. */
export function usePhotos(resources: readonly Shown[]): ReadonlyMap<string, string> | undefined {
  const own = resources.filter(({ photo }) => photo).slice(0, idsMax)
  const links = useQuery(own.map(({ id, photo }) => `${id}${photo}`).join(), async () => {
    if (own.length === 0) return new Map<string, string>()
    const query = { ids: own.map(({ id }) => id).join() }
    const found = await ask(api.inventory.resources.photos.get({ query }))
    return new Map(found.map(({ resource_id, url }) => [resource_id, url]))
  })
  return links.data.value
}

interface PhotoProps {
  of: Shown
  photos: ReadonlyMap<string, string> | undefined
  /** The name beside it describes it. */
  small?: boolean
}

/** The photo of a resource, if any; its space is reserved until it loads. */
export function Photo({ of: { id, name, photo }, photos, small = false }: PhotoProps) {
  if (!photo) return null
  const src = photos?.get(id)
  return (
    <img
      class={small ? 'photo thumb' : 'photo'}
      {...(src && { src })}
      alt={small ? '' : name}
      width="4"
      height="3"
      loading="lazy"
    />
  )
}

/** All that have a photo, as large as fits a page. */
export function Photos({ resources }: { resources: readonly Shown[] }) {
  const photos = usePhotos(resources)
  return resources.map((one) => <Photo key={one.id} of={one} photos={photos} />)
}

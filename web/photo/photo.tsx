import type { Resource } from '../../shared/schemas/resource.ts'
import { api, ask } from '../api.ts'
import { useQuery } from '../query.ts'

type Shown = Pick<Resource, 'id' | 'name' | 'photo'>

// As many as the server takes in one request. Who scrolls past them chooses by name.
const idsMax = 100

/** Links to the photos of resources, by their ids: none until they come, or when they cannot. */
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
  /** Beside the name of what it shows, which says enough. */
  small?: boolean
}

/** What a resource looks like, if it has a photo; its place is kept until that comes. */
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

/** All that have a photo, as large as a page has room for. */
export function Photos({ resources }: { resources: readonly Shown[] }) {
  const photos = usePhotos(resources)
  return resources.map((one) => <Photo key={one.id} of={one} photos={photos} />)
}

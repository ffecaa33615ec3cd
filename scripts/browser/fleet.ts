import type { Resource } from '../../shared/schemas/resource.ts'
import type { Requester } from './requester.ts'

/** Adds `Van 001` with the plate `K-001` and so on. @param request as an administrator */
export async function addVans(request: Requester, count: number): Promise<Resource[]> {
  const plate = { type: 'string', title: 'Plate' }
  await request('/api/resource_types', {
    name: 'Van',
    plural: 'Vans',
    property_schema: { properties: { plate } },
  })
  const all: Resource[] = []
  for (let at = 1; at <= count; at++) {
    const number = String(at).padStart(3, '0')
    const properties = { plate: `K-${number}` }
    const body = { resource_type: 'Van', name: `Van ${number}`, properties }
    const made = await request('/api/resources', body)
    if (!made.ok) throw new Error(await made.text())
    all.push((await made.json()) as Resource)
  }
  return all
}

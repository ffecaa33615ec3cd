import { eq } from 'drizzle-orm'
import type { Caller } from '../../../shared/access.ts'
import type { Context } from '../../../shared/context.ts'
import { conflict, notFound } from '../../../shared/problem.ts'
import { toNumber } from '../number.ts'
import type { BookingsTables } from '../tables.ts'
import type { ReadResourceNow } from './resource-now.ts'

const pixel = 10
// A quiet zone of four modules separates it from its surroundings (ISO/IEC 18004).
const quiet = 4
const label = 60

/** Printed codes of resources, and what they lead to. */
export function createResourceCodes(
  { store, config }: Pick<Context, 'store' | 'config'>,
  { resource_codes: codes }: BookingsTables,
  readNow: ReadResourceNow,
) {
  /** The current state of the resource with that code, in any case. @throws 404 */
  async function read(typed: string, caller: Caller) {
    const code = typed.toUpperCase()
    const [found] = await store.db.select().from(codes).where(eq(codes.code, code))
    const now = found && (await readNow(found.resource_id, caller))
    if (!found || !now) throw notFound('code', typed)
    return { code, resource_id: found.resource_id, ...now }
  }

  /**
   * The printable code as SVG: the address of its page, with the text to type below it.
   * @throws 404; 409 `public_url_not_set`
   */
  async function draw(resource_id: string, caller: Caller): Promise<string> {
    if (config.PUBLIC_URL === undefined) {
      const detail = 'A printed code needs an address. Set PUBLIC_URL to the address of Campus.'
      throw conflict('public_url_not_set', detail)
    }
    if (!(await readNow(resource_id, caller))) throw notFound('resource', resource_id)
    const code = toNumber(resource_id)
    await store.db.insert(codes).values({ code, resource_id }).onConflictDoNothing()
    return drawCode(`${config.PUBLIC_URL}/r/${code}`, code)
  }

  return { read, draw }
}

async function drawCode(address: string, code: string): Promise<string> {
  const { renderSVG } = await import('uqr')
  let modules = 0
  const onEncoded = ({ size }: { size: number }) => (modules = size)
  const image = renderSVG(address, { ecc: 'M', border: quiet, pixelSize: pixel, onEncoded })
  const width = modules * pixel
  const height = width + label
  const text =
    `<text x="${width / 2}" y="${width + label / 4}" text-anchor="middle" ` +
    `font-family="monospace" font-size="36">${code}</text>`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">` +
    `<rect fill="white" width="${width}" height="${height}"/>` +
    `${image.replace('<svg ', `<svg width="${width}" height="${width}" `)}${text}</svg>`
  )
}

import type { TimeSpan } from '../span.ts'
import type { Hold, Operation } from './operation.ts'

type Doing<Does extends Operation['does']> = Extract<Operation, { does: Does }>

/** The bounds that are there, as the API wants them. */
export function toBounds({ from, to }: Partial<TimeSpan>): Record<string, unknown> {
  const toText = (time: number) => new Date(time).toISOString()
  return {
    ...(from === -Infinity && { from_infinity: true }),
    ...(from !== undefined && from !== -Infinity && { from_datetime: toText(from) }),
    ...(to === Infinity && { to_infinity: true }),
    ...(to !== undefined && to !== Infinity && { to_datetime: toText(to) }),
  }
}

export function toHoldBody(hold: Hold | undefined): Record<string, unknown> {
  return hold ? { hold_for: `PT${hold.hours}H` } : {}
}

/**
 * @param idOf the id of a resource
 * @returns fixed bounds where nothing else fits between them
 */
export function toWaitBody(
  { resource, pool, earliest, latest, length }: Doing<'wait'>,
  idOf: (resource: string) => string,
): Record<string, unknown> {
  const whose = pool
    ? { type: 'Car', where: `pool=${pool.number}` }
    : { resource_id: idOf(resource) }
  if (latest - earliest === length) return { ...whose, ...toBounds({ from: earliest, to: latest }) }
  const [first, last] = [new Date(earliest).toISOString(), new Date(latest).toISOString()]
  return { ...whose, earliest: first, latest: last, duration: `PT${length / 3_600_000}H` }
}

export function toBookBody({ span, hold }: Doing<'book'>): Record<string, unknown> {
  return { ...toBounds(span), ...toHoldBody(hold) }
}

/** @param idOf the id of a resource */
export function toBundleBody(
  operation: Doing<'book bundle' | 'book any'>,
  idOf: (resource: string) => string,
): Record<string, unknown> {
  const mode = operation.skip ? 'skip' : 'all'
  const items =
    operation.does === 'book any' ? [toAnyItem(operation, idOf)] : toItems(operation, idOf)
  return { items, mode, ...toHoldBody(operation.hold) }
}

function toAnyItem(
  { pool, wanted, span }: Doing<'book any'>,
  idOf: (resource: string) => string,
): Record<string, unknown> {
  const where = `pool=${pool.number}`
  const prefer = pool.resources.map(idOf)
  return { type: 'Car', where, prefer, count: wanted.length, ...toBounds(span) }
}

function toItems({ wanted }: Doing<'book bundle'>, idOf: (resource: string) => string) {
  return wanted.map(({ resource, span }) => ({ resource_id: idOf(resource), ...toBounds(span) }))
}

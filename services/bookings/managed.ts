import type { Context } from '../../shared/context.ts'
import { invalid } from '../../shared/problem.ts'
import type { NewPolicy } from '../../shared/schemas/policy.ts'
import type { Policies } from './policies.ts'
import type { Reservations } from './reservations.ts'
import type { BookingsTables } from './tables.ts'
import { createTypeNames } from './type-names.ts'

/** Reports to inventory which targets have rules, so that members book them only here. */
export function createManaged(
  { store, log }: Pick<Context, 'store' | 'log'>,
  tables: BookingsTables,
  { policies, reservations }: { policies: Policies; reservations: Reservations },
) {
  const typeNames = createTypeNames({ store }, tables, reservations)
  let reported: number | undefined

  async function report({ type, resource_id }: Partial<NewPolicy> = {}) {
    const { epoch, list } = await policies.now()
    const named = (kind: string) =>
      list.filter(({ target }) => target.startsWith(kind)).map((it) => it.target.slice(kind.length))
    const types = [...named('type:'), ...(type === undefined ? [] : [type])]
    const resources = [...named('resource:'), ...(resource_id === undefined ? [] : [resource_id])]
    const { unknown } = await reservations.manage({
      types: [...new Set(types)],
      resources: [...new Set(resources)],
    })
    return { epoch, types, unknown }
  }

  /**
   * Sets a policy after reporting it to inventory; if it is refused, reports that too. Then
   * what is booked has the current name of its type, by which policies are found.
   * @throws 422 if the type or resource does not exist
   */
  async function whileReported<T>(body: NewPolicy, set: () => Promise<T>): Promise<T> {
    await require(body)
    try {
      return await set()
    } catch (error) {
      reported = undefined
      throw error
    } finally {
      await keep().catch(leaveToNextTurn)
    }
  }

  async function require(body: NewPolicy): Promise<void> {
    const { type, resource_id } = body
    const target = type ?? resource_id
    if (target === undefined) return
    const { unknown } = await report(body)
    if (!unknown.includes(target)) return
    const pointer = type === undefined ? '#/resource_id' : '#/type'
    throw invalid([{ pointer, detail: `There is no ${target}.` }], 'target_not_found')
  }

  /** Runs when a policy has changed, perhaps in another process. */
  async function keep(): Promise<void> {
    const { epoch } = await policies.now()
    if (epoch === reported) return
    // From then on these types keep their names.
    const { types } = await report()
    await typeNames.renew(types)
    reported = epoch
    log.info('told the inventory which types have rules', { epoch })
  }

  return { whileReported, keep }
}

export type Managed = ReturnType<typeof createManaged>

function leaveToNextTurn(): void {}

import type { Fault, Ledger } from './ledger.ts'
import { readAllocations, readAudit } from '../harness/request.ts'

/**
 * Compares the ledger with the current state of the system: every booking of the resources, and the
 * total count.
 * @param resources all when left out
 */
export async function verify(
  url: string,
  ledger: Ledger,
  resources: readonly string[] = ledger.resources(),
): Promise<Fault[]> {
  const pages = await Promise.all(resources.map((resource) => readAllocations(url, resource)))
  const faults = ledger.compare(resources, pages.flat())
  const { allocations, blocking_holds, overlaps, waiters_passed_over, constraint } =
    await readAudit(url)
  if (overlaps > 0) faults.push({ kind: 'overlap', detail: `${overlaps} by audit` })
  if (blocking_holds > 0) faults.push({ kind: 'overlap', detail: `${blocking_holds} ended holds` })
  if (waiters_passed_over > 0) {
    faults.push({ kind: 'lost', detail: `${waiters_passed_over} waiters passed over` })
  }
  if (!constraint) faults.push({ kind: 'overlap', detail: 'the constraint is gone' })
  if (allocations !== ledger.count()) {
    const detail = `${ledger.count()} acknowledged, ${allocations} in the database`
    faults.push({ kind: 'wrong count', detail })
  }
  return faults
}

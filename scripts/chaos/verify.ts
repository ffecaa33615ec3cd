import type { AllocationVersion } from '../../shared/schemas/allocation-history.ts'
import type { Allocation } from '../../shared/schemas/allocation.ts'
import type { Fault, Ledger } from './ledger.ts'
import { readAllocations, readAudit, readHistory } from '../harness/request.ts'

/**
 * Compares the ledger with the current state of the system: every booking of the resources, every
 * acknowledged version of them, and the total count.
 * @param resources all if omitted
 */
export async function verify(
  url: string,
  ledger: Ledger,
  resources: readonly string[] = ledger.resources(),
): Promise<Fault[]> {
  const rows: Allocation[] = []
  const versions: AllocationVersion[] = []
  // One at a time: a page this long is a scan, and few of one user may wait.
  for (const resource of resources) {
    rows.push(...(await readAllocations(url, resource)))
    versions.push(...(await readHistory(url, resource)))
  }
  const faults = ledger.compare(resources, rows)
  faults.push(...ledger.compareHistory(resources, versions))
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

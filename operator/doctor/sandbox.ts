import { startChild } from '../../services/courses/judge/child-process.ts'
import { limits } from '../../services/courses/judge/protocol.ts'
import { find, type Finding } from './finding.ts'

/** Checks whether submitted code can be sandboxed here. */
export async function checkSandbox(): Promise<Finding> {
  return find('sandbox', async () => {
    const child = startChild('javascript', limits)
    try {
      const sandbox = await child.sandbox
      if (sandbox.ok) return 'submitted code is sandboxed by seccomp'
      throw new Error(
        `${sandbox.reason}: the judge cannot run here; run courses on Linux with seccomp`,
      )
    } finally {
      child.kill()
    }
  })
}

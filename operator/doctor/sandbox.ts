import { startChild } from '../../services/courses/judge/child-process.ts'
import { limits } from '../../services/courses/judge/protocol.ts'
import { find, type Finding } from './finding.ts'

/** Whether submitted code can be closed in here; without that it is not run. */
export async function checkSandbox(): Promise<Finding> {
  return find('sandbox', async () => {
    const child = startChild('javascript', limits)
    try {
      const reason = await child.open
      if (reason === undefined) return 'seccomp closes submitted code in'
      throw new Error(`${reason}: courses judge nothing here; run them on Linux with seccomp`)
    } finally {
      child.kill()
    }
  })
}

import { readFileSync } from 'node:fs'

// proc_pid_stat(5): fields 14 and 15 are its processor time, in hundredths of a second.
const tick_ms = 10

/**
 * The processor time of a process from now on, in milliseconds, so that a busy machine does not
 * count against the submission; where it is unknown, elapsed time counts. Of a process that has
 * ended since it is what was read last.
 */
export function createCpuClock(pid: number): () => number {
  const read = () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12)
    return (Number(user) + Number(system)) * tick_ms
  }
  const tryToRead = () => {
    try {
      return read()
    } catch {
      return undefined
    }
  }
  const start = tryToRead()
  if (start === undefined) return () => Infinity
  let last = start
  return () => (last = tryToRead() ?? last) - start
}

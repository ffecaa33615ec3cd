import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** The resource usage of a process so far. */
export interface Usage {
  /** Processor time of all its threads, in milliseconds. */
  cpu_ms: number
  /** Peak memory since `startPeak`, in bytes. */
  peak_bytes: number
}

const kibibyte = 1024

/** Whether this machine can measure a process as the campaign needs. */
const canMeasure = existsSync('/proc/self/schedstat') && existsSync('/proc/self/clear_refs')

/** Resets the memory peak (proc(5), `clear_refs`). */
export function startPeak(pid: number): void {
  if (canMeasure) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** @returns zeros where there is no /proc */
export function readUsage(pid: number): Usage {
  if (!canMeasure) return { cpu_ms: 0, peak_bytes: 0 }
  const threads = readdirSync(`/proc/${pid}/task`)
  const cpu_ns = threads.reduce((sum, thread) => sum + readThread(pid, thread), 0)
  const [, peak = '0'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return { cpu_ms: cpu_ns / 1e6, peak_bytes: Number(peak) * kibibyte }
}

function readThread(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  } catch {
    return 0 // it ended meanwhile
  }
}

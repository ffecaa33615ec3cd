import { existsSync, readFileSync, readdirSync } from 'node:fs'

/** The judge's processes with this parent; none where there is no /proc. */
export function childrenOf(parent: number): number[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
        return (
          read('status').includes(`PPid:\t${parent}\n`) &&
          read('cmdline').includes('judge/child.ts')
        )
      } catch {
        return false // it ended while we looked
      }
    })
}

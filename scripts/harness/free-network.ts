/**
 * A command prefix that enters a network without used ports, as on a fresh machine; empty if not
 * permitted. The command must first run `ip link set lo up`; the network ends with it.
 */
export function findFreeNetwork(): string[] {
  for (const user of [[], ['--map-root-user']]) {
    const enter = ['unshare', '--net', ...user, '--fork', '--kill-child']
    if (Bun.which('unshare') && Bun.spawnSync([...enter, 'true']).success) return enter
  }
  return []
}

/**
 * The command that enters a network where no port is taken, as on a fresh machine; nothing where
 * none may. What runs in it does `ip link set lo up` first, and ends with the command.
 */
export function findFreeNetwork(): string[] {
  for (const user of [[], ['--map-root-user']]) {
    const enter = ['unshare', '--net', ...user, '--fork', '--kill-child']
    if (Bun.which('unshare') && Bun.spawnSync([...enter, 'true']).success) return enter
  }
  return []
}

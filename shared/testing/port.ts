/** Distinct ports that were free a moment ago. */
export function findFreePorts(count: number): number[] {
  const listen = () => Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const probes = Array.from({ length: count }, listen)
  for (const probe of probes) probe.stop(true)
  return probes.map(({ port }) => port)
}

export function findFreePort(): number {
  const [port = 0] = findFreePorts(1)
  return port
}

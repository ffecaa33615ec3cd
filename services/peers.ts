import type { App } from '../shared/app.ts'
import { toServiceCaller } from '../shared/access.ts'
import type { Authenticator } from '../shared/host/authenticator.ts'
import { createAddressList } from '../shared/host/address.ts'
import { createClient, type Client } from '../shared/host/client.ts'
import { createClientAddress } from '../shared/host/client-address.ts'
import { peerOf } from '../shared/host/inside.ts'
import { createKnownAddresses } from '../shared/host/known-addresses.ts'
import { createReplicas, refreshReplicasEvery_s, type Replicas } from '../shared/host/replicas.ts'
import { createRecorder } from '../shared/host/security-recorder.ts'
import type { SecurityLog } from '../shared/host/security-log.ts'
import { createIdentity } from './identity.ts'
import { campus, serviceNames, type ServiceName } from './index.ts'
import type { Runtime } from './runtime.ts'
import { securityKeeper } from './users/authority.ts'
import type { UsersApi } from './users/index.ts'

/** Who is where, as whom this process calls, and who calls it. */
export interface Peers {
  /** The services that run elsewhere, and where. */
  remote: ReadonlyMap<string, Replicas>
  authenticator: Authenticator
  /** Calls one service as another, wherever it runs. */
  clientOf: <Api extends App>(from: string, to: string) => Client<Api>
  /** The client's address; empty for a call from inside. @throws 400 when it is not known */
  addressOf: (request: Request) => string
  /** Whether an address is one of ALLOWED_CALLERS. */
  isCaller: (address: string) => boolean
  /** Looks up who they are, where they have names. */
  findCallers: () => Promise<void>
  /** Has users keep a security event. */
  reportSecurity: SecurityLog
}

export interface PeersOptions {
  /** The services of this process. */
  local: readonly ServiceName[]
  isGateway: boolean
  /** The app of this process, once it is made. */
  app: () => App
  authenticator?: Authenticator
}

// What ended elsewhere is known here within 5 s, requests and all.
const endedLoginsEvery_s = 2
const securityEventsEvery_s = 2

/** @throws Error when the key of this process is not among those that others know */
export function createPeers(options: PeersOptions, runtime: Runtime): Peers {
  const { local, isGateway, app } = options
  const { config, schedule, tracing } = runtime
  const remote = findRemote(local, runtime)
  const { authenticator = createIdentity({ ...runtime, local, isGateway, clientOf }) } = options
  schedule.every(endedLoginsEvery_s, 'learn ended logins and keys', authenticator.refresh)
  const callers = createKnownAddresses(config.ALLOWED_CALLERS)
  const proxies = createKnownAddresses(config.TRUSTED_PROXIES)
  for (const { refresh } of [callers, proxies]) {
    if (refresh) schedule.every(refreshReplicasEvery_s, 'find callers and proxies', refresh)
  }
  // Behind the gateway its word on the client counts.
  const toAddress = createClientAddress(isGateway ? proxies.has : callers.has)
  const noteProxy = createProxyNote(runtime)

  function clientOf<Api extends App>(from: string, to: string): Client<Api> {
    return createClient<Api>(remote.get(to) ?? app(), {
      timeout_ms: config.HOP_TIMEOUT_MS,
      tracing,
      // Who calls himself, or as an operator, is not another service.
      caller: toServiceCaller(from, from === to || from === 'operator' ? 'system' : 'service'),
      signToken: () => authenticator.signServiceToken(from, to),
    })
  }

  function addressOf(request: Request): string {
    const peer = peerOf(request, app().server)
    if (peer === undefined) return ''
    const forwardedFor = request.headers.get('x-forwarded-for')
    const address = toAddress(peer, forwardedFor)
    if (isGateway && forwardedFor !== null && !proxies.has(peer)) noteProxy(peer)
    return address
  }

  async function findCallers(): Promise<void> {
    await Promise.all([callers.refresh?.(), proxies.refresh?.()])
  }

  const reporter = local[0] ?? 'gateway'
  const keep = securityKeeper((owner) => clientOf<UsersApi>(owner ?? reporter, 'users'))
  const recorder = createRecorder({ ...runtime, stopping: schedule.stopping, keep })
  schedule.every(securityEventsEvery_s, 'report security events', recorder.flush)
  const isCaller = callers.has
  const reportSecurity = recorder.record
  return { remote, authenticator, clientOf, addressOf, isCaller, findCallers, reportSecurity }
}

function findRemote(local: readonly ServiceName[], { config, schedule }: Runtime) {
  const remote = new Map<string, Replicas>()
  for (const name of serviceNames.filter((other) => !local.includes(other))) {
    const urls = config.serviceUrls(name) ?? [`http://127.0.0.1:${campus[name].port}`]
    const replicas = createReplicas(urls)
    schedule.every(refreshReplicasEvery_s, `find ${name}`, replicas.refresh)
    remote.set(name, replicas)
  }
  return remote
}

const isPrivate = createAddressList([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
])

/** Behind a proxy that is not named all clients are one, and share its limits: says so, once. */
function createProxyNote({ log }: Runtime): (peer: string) => void {
  let isNoted = false
  return (peer) => {
    if (isNoted || !isPrivate(peer)) return
    isNoted = true
    log.warn('proxy not trusted', { peer, advice: 'Name it in TRUSTED_PROXIES, if it is yours.' })
  }
}

import { toAddress, toNext } from './address.ts'
import { keyedPaths } from './keyed.ts'
import { newKey } from './key.ts'
import type {
  Answer,
  AnyGiven,
  CampusEvent,
  Data,
  Given,
  Item,
  ListPath,
  Method,
  PathOf,
  Schemas,
  StreamPath,
} from './operation.ts'
import { createTransport, type FollowOptions, type TransportOptions } from './transport.ts'
import { giveUp, uploadFile, type UploadOptions } from './upload.ts'

export type Credentials = Schemas['Credentials']
export type Tokens = Schemas['Tokens']
export type ClientOptions = TransportOptions<Tokens>

export interface EventOptions<P extends StreamPath> extends FollowOptions {
  query?: P extends '/api/notifications/events' ? never : { type?: string; resource_id?: string }
}

/**
 * A client of Campus. Tokens are renewed before they end, a POST that adds something carries an
 * `Idempotency-Key` and is repeated safely, and refusals are thrown as `ProblemError`.
 */
export function createClient(options: ClientOptions) {
  const { fetch: send, follow, request, session } = createTransport(options)

  async function call(method: Method, path: string, given: AnyGiven = {}) {
    const { body, signal, ifMatch, idempotencyKey = newKey() } = given
    const isKeyed = method === 'post' && keyedPaths.has(path)
    const headers = {
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(isKeyed && { 'idempotency-key': idempotencyKey }),
      ...given.headers,
    }
    const address = toAddress(path, given)
    return toAnswer(await request(method.toUpperCase(), address, { body, signal, headers }))
  }

  const by =
    <M extends Method>(method: M) =>
    async <P extends PathOf<M>>(path: P, ...[given]: Given<M, P>): Promise<Answer<Data<M, P>>> =>
      (await call(method, path, given as AnyGiven)) as Answer<Data<M, P>>

  /** The items of a list, of which each page is asked for when it is wanted. */
  async function* pages<P extends ListPath>(
    path: P,
    ...[given]: Given<'get', P>
  ): AsyncGenerator<Item<P>> {
    const { signal, headers, ...rest } = (given ?? {}) as AnyGiven
    let next: string | undefined = toAddress(path, rest)
    while (next !== undefined) {
      const asked: string = next
      const response = await request('GET', asked, { signal, headers })
      yield* (await response.json()) as Item<P>[]
      next = toNext(response)
      // A list of changes has no end: what happens later is found there.
      if (next === asked) return
    }
  }

  /**
   * Live events. What breaks off or falls silent is taken up again where it was, until the signal
   * ends it.
   */
  const events = <P extends StreamPath>(
    path: P,
    { query, ...rest }: EventOptions<P> = {},
  ): AsyncGenerator<CampusEvent<P>> =>
    follow(toAddress(path, { query: query ?? {} }), rest) as AsyncGenerator<CampusEvent<P>>

  return {
    get: by('get'),
    post: by('post'),
    put: by('put'),
    patch: by('patch'),
    delete: by('delete'),
    pages,
    events,
    /** Uploads a file, however large, and returns its address. */
    upload: (file: Blob, given: UploadOptions): Promise<string> => uploadFile(send, file, given),
    /** Deletes an upload that was begun, by the address that `onStart` told. */
    giveUp: (address: string): Promise<void> => giveUp(send, address),
    /** `fetch` as the user who is logged in; throws no refusal. */
    fetch: send,
    logIn: (credentials: Credentials): Promise<Tokens> => session.logIn(credentials),
    takeUp: session.takeUp,
    logOut: session.logOut,
  }
}

export type Client = ReturnType<typeof createClient>

async function toAnswer(response: Response): Promise<Answer<unknown>> {
  const { headers, status } = response
  return {
    data: status === 204 ? undefined : await readBody(response),
    etag: headers.get('etag') ?? undefined,
    replayed: headers.get('idempotent-replayed') === 'true',
    headers,
  }
}

function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  return type.startsWith('application/json') ? response.json() : response.text()
}

import { storageFault, StoreBusyError } from '@campus/store/error.ts'
import type { TSchema } from '@sinclair/typebox'
import { NotFoundError, ParseError, ValidationError } from 'elysia'
import { invalid, ProblemError, toJsonPointer, unavailable } from '../problem.ts'
import { listFaults } from '../schema-fault.ts'

/**
 * The one place where an error becomes a response. Only the text of a ProblemError reaches the
 * caller; other known errors are mapped here, and the rest is a 500 without internals.
 */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  // drizzle wraps errors of the store, and Elysia those of reading a body.
  if (error instanceof Error && error.cause instanceof ProblemError) return error.cause
  if (error instanceof ValidationError) return toInvalid(error)
  if (error instanceof ParseError) return unparsable()
  if (error instanceof NotFoundError) return pathNotFound()
  const busy = findBusy(error)
  if (busy) return unavailable(busy.code, busy.message, busy)
  const fault = storageFault(error)
  if (fault === 'full') {
    return new ProblemError({
      status: 507,
      code: 'storage_full',
      detail: 'The disk is full. Nothing was stored; reading still works.',
      cause: error,
    })
  }
  if (fault === 'schema') return unavailable('schema_changed', schemaChanged, error)
  if (fault === 'io') {
    const detail =
      'The disk reported an error. The change may or may not have been stored: retry the ' +
      'request with the same Idempotency-Key.'
    return unavailable('storage_io_error', detail, error)
  }
  if (fault)
    return unavailable(
      fault === 'busy' ? 'database_busy' : 'database_unavailable',
      'The database is busy or unavailable. Please retry.',
      error,
    )
  return new ProblemError({
    status: 500,
    code: 'internal',
    detail: 'Internal error. The log has the details under the request id.',
    cause: error,
  })
}

function findBusy(error: unknown): StoreBusyError | undefined {
  if (error instanceof StoreBusyError) return error
  return error instanceof Error && error.cause instanceof StoreBusyError ? error.cause : undefined
}

const schemaChanged =
  'The database schema was changed by hand. Writes are refused until an administrator repairs ' +
  'it; the log lists the differences. Reads work.'

function pathNotFound(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'path_not_found',
    detail: 'There is nothing at this path. See /swagger for the API.',
  })
}

function unparsable(): ProblemError {
  return new ProblemError({
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not valid JSON.',
  })
}

function toInvalid(error: ValidationError): ProblemError {
  // Our own response does not fit its schema: not the caller's fault.
  if (error.type === 'response') {
    const cause = new Error('The response does not fit its schema', { cause: error })
    return toProblem(cause)
  }
  const { schema = error.validator } = error.validator as { schema?: TSchema }
  const faults = listFaults(schema as TSchema, error.value)
  // Elysia's check decides; if the walk finds no fault, the request is refused all the same.
  const given = faults.length > 0 ? faults : [{ path: [], detail: 'Invalid value' }]
  return invalid(
    given.map(({ path, detail }) => ({ pointer: toPointer(error.type, path), detail })),
  )
}

function toPointer(place: string, path: string[]): string {
  if (place === 'body') return toJsonPointer(path)
  const name = path.join('.')
  if (place === 'params') return `{${name}}`
  return place === 'query' ? `?${name}` : name
}

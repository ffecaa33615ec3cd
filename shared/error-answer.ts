import { NotFoundError, ParseError, ValidationError } from 'elysia'
import { invalid, ProblemError, unavailable, type FieldError } from './problem.ts'
import { storageFault } from './store/error.ts'

/**
 * The one place where an error becomes an answer. Its own text reaches the caller only when it is
 * a ProblemError; everything else is told apart here and otherwise a 500 without internals.
 */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (error instanceof ValidationError) return toInvalid(error)
  if (error instanceof ParseError) return toUnparsable(error)
  if (error instanceof NotFoundError) return pathNotFound()
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
      'The disk reported an error. What was to be stored may be there or not: repeat the request ' +
      'with the same Idempotency-Key.'
    return unavailable('storage_io_error', detail, error)
  }
  if (fault) return unavailable(`database_${fault}`, 'The database is busy or away. Repeat.', error)
  return new ProblemError({
    status: 500,
    code: 'internal',
    detail: 'Something went wrong here, not in your request. The log has it under the request id.',
    cause: error,
  })
}

const schemaChanged =
  'The database was changed by hand and might break its own rules, so nothing is stored until an ' +
  'administrator repairs it: the log names what differs. Reading works.'

function pathNotFound(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'path_not_found',
    detail: 'There is nothing at this path. /swagger lists what there is.',
  })
}

function toUnparsable(error: ParseError): ProblemError {
  if (error.cause instanceof ProblemError) return error.cause
  return new ProblemError({
    status: 400,
    code: 'malformed_body',
    detail: 'The body is not valid JSON.',
  })
}

const prefixes: Record<string, string> = { body: '#', query: '?', params: '{', headers: '' }

interface Fault {
  path?: string
  message?: string
  schema?: { description?: string }
}

// A regular expression tells people nothing; the words beside it do.
function toDetail({ message = 'is not valid', schema }: Fault): string {
  const isPattern = message.startsWith('Expected string to match')
  return isPattern && schema?.description ? `Expected: ${schema.description}` : message
}

function toInvalid(error: ValidationError): ProblemError {
  // What we ourselves were about to answer does not fit its schema: our fault, not the caller's.
  if (error.type === 'response') {
    const cause = new Error('The response does not fit its schema', { cause: error })
    return toProblem(cause)
  }
  const prefix = prefixes[error.type] ?? ''
  const errors = new Map<string, FieldError>()
  for (const fault of error.all as Fault[]) {
    const pointer = toPointer(prefix, fault.path ?? '')
    if (!errors.has(pointer)) errors.set(pointer, { pointer, detail: toDetail(fault) })
  }
  return invalid([...errors.values()])
}

function toPointer(prefix: string, path: string): string {
  if (prefix === '#') return `#${path}`
  const name = path.slice(1)
  return prefix === '{' ? `{${name}}` : prefix + name
}

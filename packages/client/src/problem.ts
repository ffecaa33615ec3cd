/** What a refusal says (RFC 9457). `code` is stable: switch on it. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  errors?: { pointer: string; detail: string }[]
}

/**
 * A refusal of the server, or, with the code `unreachable`, that there was no response.
 * @typeParam Known problems that say more, by their code
 */
export class ProblemError<Known = object> extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  readonly status: number
  readonly code: string
  /** What the log of the server knows the request by. */
  readonly requestId: string | undefined

  constructor(problem: Problem, options: { requestId?: string | null; cause?: unknown } = {}) {
    super(problem.detail, { cause: options.cause })
    this.problem = problem
    this.status = problem.status
    this.code = problem.code
    this.requestId = options.requestId ?? undefined
  }

  /** Tells the type of the problem by its code: `error.is('allocation_overlap')`. */
  is<Code extends keyof Known & string>(code: Code): this is { problem: Known[Code] } {
    return this.code === code
  }
}

/** @throws ProblemError unless it is a success */
export async function requireOk(response: Response): Promise<Response> {
  if (response.ok) return response
  const requestId = response.headers.get('x-request-id')
  throw new ProblemError(await readProblem(response), { requestId })
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text()
  try {
    const body = JSON.parse(text) as Partial<Problem> | null
    if (body && typeof body.code === 'string') return body as Problem
  } catch {
    // A proxy in between says it in its own way.
  }
  return toProblem(response.status, 'unexpected_response', text.slice(0, 200))
}

export function unreachable(cause: unknown): ProblemError {
  return new ProblemError(toProblem(0, 'unreachable', 'The server did not respond.'), { cause })
}

function toProblem(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: code, status, code, detail }
}

/** What a refusal says (RFC 9457). `code` is stable: switch on it. */
export interface Problem<Code extends string = string> {
  type: string
  title: string
  status: number
  code: Code
  detail: string
  errors?: { pointer: string; detail: string }[]
}

/**
 * A refusal of the server, or, with the code `unreachable`, that there was no response.
 * @typeParam Known problems that say more, by their code
 * @typeParam Code the codes to complete
 */
export class ProblemError<Known = object, Code extends string = string> extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem<Code>
  readonly status: number
  readonly code: Code
  /** What the log of the server knows the request by. */
  readonly requestId: string | undefined

  constructor(
    problem: Problem<Code>,
    options: { requestId?: string | null; cause?: unknown } = {},
  ) {
    super(problem.detail, { cause: options.cause })
    this.problem = problem
    this.status = problem.status
    this.code = problem.code
    this.requestId = options.requestId ?? undefined
  }

  /** Tells the type of the problem by its code: `error.is('allocation_overlap')`. */
  is<Kind extends keyof Known & string>(code: Kind): this is { problem: Known[Kind] } {
    return (this.code as string) === code
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

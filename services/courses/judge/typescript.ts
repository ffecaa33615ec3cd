import { transformSync } from 'amaro'
import { loadJavascript } from './javascript.ts'
import { AnswerError, type Runner } from './runner.ts'

/** TypeScript is JavaScript once its types are blanks, so that lines stay where they are. */
export async function loadTypescript(): Promise<Runner> {
  const javascript = await loadJavascript()
  stripTypes('let loaded: true')
  return { ...javascript, prepare: stripTypes }
}

function stripTypes(code: string): string {
  try {
    return transformSync(code, { mode: 'strip-only' }).code
  } catch (error) {
    const { message = 'it cannot be parsed', startLine } = (error ?? {}) as Fault
    throw new AnswerError(`SyntaxError: ${message}`, startLine)
  }
}

interface Fault {
  message?: string
  startLine?: number
}

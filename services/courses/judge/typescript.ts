import { transformSync } from 'amaro'
import { loadJavascript } from './javascript.ts'
import { AnswerError, type Runner } from './runner.ts'

/** Runs TypeScript as JavaScript by blanking its types, which keeps line numbers. */
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

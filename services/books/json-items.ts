import { jsonDepthMax } from '../../shared/json.ts'
import { ProblemError } from '../../shared/problem.ts'
import { toIncoming, type Incoming } from './record.ts'

// A book has a few hundred; anything larger is not a book, and is not buffered.
const itemCharactersMax = 64 * 1024

/** Reads a JSON array item by item; never more than one item is in memory. */
export async function* readJsonItems(text: AsyncIterable<string>): AsyncGenerator<Incoming> {
  const splitter = createSplitter()
  let line = 0
  for await (const chunk of text) {
    for (const item of splitter.split(chunk)) yield toItem(++line, item)
  }
  splitter.end()
}

function toItem(line: number, text: string): Incoming {
  try {
    return toIncoming(line, JSON.parse(text))
  } catch {
    return { line, problem: 'It is not JSON.' }
  }
}

/** Splits the text of a JSON array into its items, without parsing them. */
function createSplitter() {
  let state: 'before' | 'inside' | 'after' = 'before'
  let item = ''
  let depth = 0
  let inString = false
  let isEscaped = false

  function* split(chunk: string): Generator<string> {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const letter = chunk[at] as string
      if (state !== 'inside') {
        open(letter)
        from = at + 1
      } else if (inString) {
        if (!isEscaped && letter === '"') inString = false
        isEscaped = !isEscaped && letter === '\\'
      } else if (letter === '"') inString = true
      else if (letter === '{' || letter === '[') {
        if (++depth >= jsonDepthMax) throw malformed('One of its items is nested too deep.')
      } else if (depth > 0 && (letter === '}' || letter === ']')) depth--
      else if (depth === 0 && (letter === ',' || letter === ']')) {
        const whole = (item + chunk.slice(from, at)).trim()
        item = ''
        from = at + 1
        if (letter === ']') state = 'after'
        // Nothing between brackets is an empty array; between commas it is an error.
        if (whole !== '' || letter === ',') yield whole
      }
    }
    if (state === 'inside') item += chunk.slice(from)
    if (item.length > itemCharactersMax) throw malformed('One of its items is too large.')
  }

  function open(letter: string): void {
    if (/[\s\ufeff]/.test(letter)) return
    if (state === 'after' || letter !== '[') throw malformed('It must be one array of books.')
    state = 'inside'
  }

  return {
    split,
    end: () => {
      if (state !== 'after') throw malformed('It ends too early.')
    },
  }
}

function malformed(reason: string): ProblemError {
  const detail = `The JSON cannot be read. ${reason}`
  return new ProblemError({ status: 400, code: 'json_malformed', detail })
}

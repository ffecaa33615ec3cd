/** One line of output: all is well, or what to fix. */
export interface Finding {
  topic: string
  ok: boolean
  text: string
}

/** Turns what a check throws into a finding. */
export async function find(topic: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { topic, ok: true, text: await look() }
  } catch (error) {
    return { topic, ok: false, text: error instanceof Error ? error.message : String(error) }
  }
}

import { micromark } from 'micromark'

/** Markdown as text: micromark lets neither HTML nor scripts of its author through. */
export function Markdown({ text }: { text: string }) {
  return <div class="prose" dangerouslySetInnerHTML={{ __html: micromark(text) }} />
}

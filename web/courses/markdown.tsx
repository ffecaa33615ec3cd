import { micromark } from 'micromark'

/** Renders Markdown: micromark lets neither HTML nor scripts of its author through. */
export function Markdown({ text }: { text: string }) {
  return <div class="prose" dangerouslySetInnerHTML={{ __html: micromark(text) }} />
}

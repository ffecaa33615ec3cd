/** Each once, also as mail programs copy them: `Huber, Bernd <bernd@example.org>; …`. */
export function readAddresses(text: string): string[] {
  const found = text.split(/[;\n]/).flatMap((line) => {
    const parts = line.split(',')
    return parts.flatMap((part, at) => {
      const named = [...part.matchAll(/<([^<>]*)>/g)].map(([, address = '']) => address.trim())
      const others = part.replaceAll(/<[^<>]*>/g, ' ').match(/\S+@\S+/g) ?? []
      if (named.length > 0) return [...others, ...named]
      const isName = !part.includes('@') && parts[at + 1]?.includes('<')
      return isName ? [] : part.split(/\s+/)
    })
  })
  return [...new Set(found.filter(Boolean))]
}

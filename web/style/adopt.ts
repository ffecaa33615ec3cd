const adopted = new Set<string>()

/**
 * Adds the styles of a lazily loaded part. A constructed sheet is not an inline style, so the
 * content security policy need not allow any.
 */
export function adoptStyle(css: string): void {
  if (adopted.has(css)) return
  adopted.add(css)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}

const adopted = new Set<string>()

/**
 * Adds the style of a part that is loaded when needed. A constructed sheet is no inline style, so
 * the content security policy need not allow any.
 */
export function adoptStyle(css: string): void {
  if (adopted.has(css)) return
  adopted.add(css)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}

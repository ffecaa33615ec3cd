// User agents claim to be several browsers: the first match counts.
const browsers: [name: string, claim: RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
]
const systems: [name: string, claim: RegExp][] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['Windows', /Windows/],
  ['macOS', /Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
]

/** The browser and system of a `User-Agent`; others are unchanged. */
export function describeDevice(userAgent: string): string {
  const fits = ([, claim]: [string, RegExp]) => claim.test(userAgent)
  const browser = browsers.find(fits)?.[0]
  const system = systems.find(fits)?.[0]
  return browser && system ? `${browser}, ${system}` : userAgent
}

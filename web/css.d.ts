// Styles that a lazily loaded part brings along as text; see style/adopt.ts.
declare module '*.css' {
  const text: string
  export default text
}

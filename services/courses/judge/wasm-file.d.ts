// Both are named in package.json. Imported `with { type: 'file' }`, a file is its path, in a
// compiled program too.
declare module '#quickjs.wasm' {
  const path: string
  export default path
}

declare module '#micropython.wasm' {
  const path: string
  export default path
}

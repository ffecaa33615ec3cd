declare module 'swagger-ui-dist/swagger-ui-bundle.js' {
  const path: string
  // oxlint-disable-next-line import/no-default-export -- how Bun types a file import
  export default path
}
declare module 'swagger-ui-dist/swagger-ui.css' {
  const path: string
  // oxlint-disable-next-line import/no-default-export -- how Bun types a file import
  export default path
}

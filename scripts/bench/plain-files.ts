import { fsyncSync, mkdirSync, openSync, closeSync } from 'node:fs'

// Transfers without a service around them: Bun.write of each body, Bun.file back.

const folder = process.env.FOLDER ?? ''
mkdirSync(folder, { recursive: true })
let count = 0

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  routes: {
    '/livez': new Response('ok'),
    '/file': {
      POST: async (request) => {
        const path = `${folder}/${count++}`
        await Bun.write(path, request)
        return new Response(path, { status: 201 })
      },
      GET: ({ url }) => new Response(Bun.file(new URL(url).searchParams.get('path') ?? '')),
    },
    // The same, but synced to disk before the response.
    '/synced': async (request) => {
      const path = `${folder}/${count++}`
      await Bun.write(path, request)
      const file = openSync(path, 'r')
      fsyncSync(file)
      closeSync(file)
      return new Response(path, { status: 201 })
    },
  },
})

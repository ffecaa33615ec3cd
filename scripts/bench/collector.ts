// Accepts and discards spans over OTLP/HTTP; counts requests only.

let count = 0

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT),
  routes: {
    '/livez': new Response('ok'),
    '/count': () => new Response(String(count)),
    '/v1/traces': async (request) => {
      await request.bytes()
      count++
      return Response.json({})
    },
  },
})

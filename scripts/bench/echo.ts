import { Elysia } from 'elysia'
import { NewAllocation } from '../../shared/schemas/allocation.ts'

// Elysia with the body's schema and nothing else: shows the cost of everything around the routes.
// It returns whatever it was given as `list`.

let list: unknown
new Elysia({ normalize: false })
  .post('/api/cars/:id/allocations', ({ body, status }) => status(201, body), {
    body: NewAllocation,
  })
  .put('/list', ({ body }) => void (list = body))
  .get('/list', () => list)
  .get('/livez', () => 'ok')
  .listen({ hostname: '127.0.0.1', port: Number(process.env.PORT), reusePort: false })

import { Elysia } from 'elysia'
import { NotificationList } from '../../shared/schemas/notification.ts'
import { Problem } from '../../shared/schemas/problem.ts'

/** The wire models under the names by which routes and the OpenAPI document refer to them. */
export const models = new Elysia({ name: 'notifications models' }).model({
  NotificationList,
  Problem,
})

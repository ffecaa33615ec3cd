import type { AnyElysia } from 'elysia'
import type { Context } from '../shared/context.ts'
import { files } from './files/index.ts'
import { fillFiles } from './files/sample.ts'
import { fillInventory } from './inventory/sample.ts'
import { inventory } from './inventory/index.ts'
import { prepareUsers } from './users/first-start.ts'
import { users } from './users/index.ts'
import { fillUsers } from './users/sample.ts'

export interface Service {
  create: (context: Context) => AnyElysia
  /** Where it listens when it runs alone. */
  port: number
  /** What must be there before anybody is served. */
  prepare?: (context: Context) => Promise<void>
  /** Fills an empty system with sample data. */
  fill: (context: Context) => Promise<void>
}

/** All of Campus. */
export const services = {
  users: { create: users, port: 3001, prepare: prepareUsers, fill: fillUsers },
  files: { create: files, port: 3005, fill: fillFiles },
  inventory: { create: inventory, port: 3002, fill: fillInventory },
} satisfies Record<string, Service>

/** The one public door in front of them. */
export const gatewayPort = 3000

export type ServiceName = keyof typeof services
export const serviceNames = Object.keys(services) as ServiceName[]

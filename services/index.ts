import { fillInventory } from './inventory/sample.ts'
import { inventory } from './inventory/index.ts'

/** All of Campus: each service's factory, its default port, and its sample data. */
export const services = {
  inventory: { create: inventory, port: 3002, fill: fillInventory },
}

/** The one public door in front of them. */
export const gatewayPort = 3000

export type ServiceName = keyof typeof services
export const serviceNames = Object.keys(services) as ServiceName[]

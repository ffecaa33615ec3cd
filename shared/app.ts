import type { AnyElysia } from 'elysia'

/** A service, or a whole process, as what answers requests: its routes with their types. */
export type App = AnyElysia

import type { AnyElysia } from 'elysia'

/** A service or a whole process: what answers requests, and the types of its routes. */
export type App = AnyElysia

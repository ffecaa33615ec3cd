/** Stands for a removed account in rows that stay; triggers write it as well. */
export const removed = 'removed'

import { createStores } from '@campus/store/open.ts'

// A process that migrates one database and exits; tests kill it at any moment.
const [url = '', folder = ''] = process.argv.slice(2)
const stores = createStores()
const store = await stores.open(url)
console.log('migrating')
await store.migrate(folder)
await stores.close()

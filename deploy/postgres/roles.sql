-- Run once, when the cluster is made. `bun run secrets` writes what it includes.
\i /run/secrets/roles.sql

# One image, N commands: `serve.ts` runs everything, `serve.ts inventory` one service.
# By digest: docker build --build-arg BUN=oven/bun@$(docker buildx imagetools inspect oven/bun:1.4.5-slim --format '{{.Manifest.Digest}}') .
ARG BUN=oven/bun:1.4.5-slim

FROM ${BUN} AS dependencies
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
COPY services/books/package.json services/books/
COPY services/courses/package.json services/courses/
COPY services/files/package.json services/files/
COPY services/gateway/package.json services/gateway/
COPY services/inventory/package.json services/inventory/
COPY services/ratings/package.json services/ratings/
COPY services/users/package.json services/users/
COPY services/bookings/package.json services/bookings/
COPY services/notifications/package.json services/notifications/
COPY packages/store/package.json packages/store/
COPY web/package.json web/
RUN bun install --frozen-lockfile --production --ignore-scripts

FROM dependencies AS console
RUN bun install --frozen-lockfile --ignore-scripts
COPY scripts/web.ts scripts/web-chunks.ts scripts/
COPY shared shared
COPY packages/client/src packages/client/src
COPY web web
RUN bun scripts/web.ts

FROM ${BUN}
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 LOG_FORMAT=json
COPY --from=dependencies /app ./
COPY package.json serve.ts ./
COPY shared shared
COPY packages/store packages/store
COPY services services
COPY --from=console /app/web/dist web/dist
COPY operator operator
# All that is ever written; everything else may be read-only.
RUN mkdir data backups && chown bun:bun data backups
USER bun
EXPOSE 3000
# For who looks at `docker ps`: nothing waits for it, as each costs a tenth of a second of a core.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["bun", "-e", "process.exit((await fetch('http://127.0.0.1:3000/readyz')).ok ? 0 : 1)"]
ENTRYPOINT ["bun", "serve.ts"]

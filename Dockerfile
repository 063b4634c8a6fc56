# Foreshock. Both stages stand on one version of Node, the one its tests run on (image/contents.json).
# Pin the base by digest when you build for production: --build-arg NODE_IMAGE=node@sha256:...
ARG NODE_IMAGE=node:24.9.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /source
COPY . .
# Compiles, then puts into one folder what runs and its production dependencies; no install script of any of them is run.
# Behind a mirror or a proxy of your own: --secret id=npmrc,src=$HOME/.npmrc (registry, its token, ca). Nothing of it is kept.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc node setup.mjs && node image/stage.mjs /stage

FROM ${NODE_IMAGE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="foreshock" \
      org.opencontainers.image.description="Sees degradation and traffic coming in fintech backends, says why, and scales ahead of it." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.9.0-bookworm-slim"
# Package managers have nothing to do in a running agent. The data folder has its owner also where no volume is mounted.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn* \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/foreshock
COPY --from=build /stage /app
ENV NODE_ENV=production
WORKDIR /app
USER 10001:10001
EXPOSE 4317 4318 8080
ENTRYPOINT ["node", "/app/dist/agent/cli/foreshock.js"]
CMD ["run", "--config", "/etc/foreshock/foreshock.yaml"]

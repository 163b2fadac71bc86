# Payerline as a small image that runs as an ordinary user.
#
#   docker build --tag payerline .
#   docker run --rm --publish 127.0.0.1:8080:8080 --volume payerline:/data payerline

FROM rust:1.95-bookworm AS build
# How the binary is optimised: see Cargo.toml. A test that does not look at speed builds `release`, which is quicker.
ARG PROFILE=dist
WORKDIR /build

# Dependencies first, with empty sources: this layer, the slow one, is built again only when
# Cargo.toml, Cargo.lock or .cargo changes. libpq, OpenSSL and SQLite are compiled here too.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY crates/payerline-domain/Cargo.toml crates/payerline-domain/
COPY crates/payerline-rulebook/Cargo.toml crates/payerline-rulebook/
COPY crates/payerline-transfer/Cargo.toml crates/payerline-transfer/
# Members of the workspace: cargo wants to see them, and builds nothing of them.
COPY tests/support/Cargo.toml tests/support/
COPY tests/docker/Cargo.toml tests/docker/
COPY benches/tools/Cargo.toml benches/tools/
RUN for member in . crates/* tests/support tests/docker benches/tools; do \
      mkdir $member/src && touch $member/src/lib.rs || exit 1; \
    done \
 && echo 'fn main() {}' > src/main.rs \
 && cargo build --profile $PROFILE --locked \
 && rm -r src crates/*/src

COPY migrations migrations
COPY openapi openapi
COPY examples examples
COPY templates templates
COPY crates crates
COPY src src
# COPY keeps the files' times, which may lie before the build above: without `touch`, cargo would
# take the empty sources for up to date.
RUN touch src/main.rs src/lib.rs crates/*/src/lib.rs \
 && cargo build --profile $PROFILE --locked

# All that is in the image below, laid out as it lies there: the binary with the C library it links,
# certificates for PostgreSQL with `sslmode=verify-full&sslrootcert=system`, a user, and the places
# that it may write to.
RUN install -D target/$PROFILE/payerline /image/usr/local/bin/payerline \
 && ldd target/$PROFILE/payerline | grep -o '/[^ ]*' | while read -r library; do \
      install -D "$library" "/image$library" || exit 1; \
    done \
 && install -D --mode=0644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
 && echo 'payerline:x:10001:10001::/data:/sbin/nologin' > /image/etc/passwd \
 && echo 'payerline:x:10001:' > /image/etc/group \
 && install --directory --mode=1777 /image/tmp \
 && install --directory --owner=10001 --group=10001 --mode=0750 /image/data


# Nothing else: no shell, no package manager, nothing to patch but what is named above.
FROM scratch

LABEL org.opencontainers.image.title="Payerline" \
      org.opencontainers.image.description="Accepts insurance claims from clinics in Ontario, decides which payer each belongs to, says why, and keeps them durably." \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /image /

# The OpenSSL in the binary knows no directory of the system, so it is told where certificates are.
ENV PAYERLINE_LISTEN=0.0.0.0:8080 \
    DATABASE_URL=sqlite:///data/payerline.db \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt

# A number, not a name: orchestrators can then check that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# SIGTERM lets the service finish what is in flight.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["payerline", "healthcheck"]
ENTRYPOINT ["payerline"]
CMD ["serve"]

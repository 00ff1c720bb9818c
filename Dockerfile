# The gateway in a container: built in one stage, run by an unprivileged user in another.
#
#   docker build -t cartway .
#   docker run --read-only -v cartway-data:/data -p 8080:8080 -p 127.0.0.1:8081:8081 cartway
#
# /data is the only place it writes; at the first start it gets master.key and admin.key (0600).  The admin
# API listens inside the container on all addresses: publish it to loopback, as above.
# script/test-dockerfile runs these steps in roots of its own, without docker.
FROM debian:bookworm-slim AS build
COPY script/lib.sh /src/script/lib.sh
RUN bash -c '. /src/script/lib.sh && need build'
WORKDIR /src
COPY . .
RUN meson setup build/image -Dbuildtype=release -Dtests=false -Dprefix=/usr -Dlibdir=lib --strip \
    && ninja -C build/image \
    && DESTDIR=/out meson install -C build/image

FROM debian:bookworm-slim
COPY script/lib.sh /opt/lib.sh
RUN bash -c '. /opt/lib.sh && need image' \
    && rm -rf /opt/lib.sh /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data cartway \
    && install -d -o cartway -g cartway -m 0700 /data
COPY --from=build /out/usr/bin/cartway /usr/bin/cartway
COPY --from=build /out/usr/lib/cartway /usr/lib/cartway
COPY script/image-start /usr/bin/cartway-start
RUN mkdir -p /etc/cartway/plugins.d \
    && for so in /usr/lib/cartway/adapters/*.so; do \
        printf '{"file": "%s", "sha256": "%s", "enabled": true}\n' "$so" "$(sha256sum "$so" | cut -d' ' -f1)" \
            >/etc/cartway/plugins.d/"$(basename "$so" .so)".json; \
    done
ENV CARTWAY_DATA=/data CARTWAY_PLUGINS=/etc/cartway/plugins.d
ENV CARTWAY_LISTEN=0.0.0.0:8080 CARTWAY_ADMIN_LISTEN=0.0.0.0:8081
USER cartway
WORKDIR /data
VOLUME /data
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["cartway-start"]
CMD ["serve"]

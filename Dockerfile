# The gateway in a container: built in one stage, run by an unprivileged user in another.
#
#   docker build -t cartway .
#   docker run --read-only -v cartway-data:/data -p 8080:8080 -p 127.0.0.1:8081:8081 cartway
#
# /data is the only place it writes; master.key in it (0600) is made at the first start.  The admin
# listener stays on the container's side of a published port: publish it to loopback, as above.
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
COPY script/lib.sh /tmp/lib.sh
RUN bash -c '. /tmp/lib.sh && need image' \
    && rm -rf /tmp/lib.sh /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data cartway \
    && install -d -o cartway -g cartway -m 0700 /data
COPY --from=build /out/ /
USER cartway
WORKDIR /data
VOLUME /data
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["curl", "-fsS", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["cartway"]
CMD ["serve"]

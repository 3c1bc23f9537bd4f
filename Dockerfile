# syntax=docker/dockerfile:1
# docker build -t edge-agent .        How to run it: docs/install.md

FROM python:3.11-slim-bookworm AS build
# Wheels only, each with the hash that the lock file names: nothing is compiled and nothing else gets in.
RUN python -m venv /opt/edge-agent/.venv
COPY requirements.lock /tmp/requirements.lock
RUN /opt/edge-agent/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: \
      --require-hashes -r /tmp/requirements.lock
COPY edge_agent /opt/edge-agent/edge_agent
COPY models /opt/edge-agent/models
COPY configs /opt/edge-agent/configs
COPY LICENSE README.md /opt/edge-agent/
# The agent runs from its folder, as in a checkout: no build tool is needed for that.
RUN printf '#!/bin/sh\nexec /opt/edge-agent/.venv/bin/python -m edge_agent "$@"\n' >/usr/local/bin/edge-agent \
 && chmod 0755 /usr/local/bin/edge-agent \
 && /opt/edge-agent/.venv/bin/python -m compileall -q /opt/edge-agent/edge_agent

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="bright-kitchen edge agent" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later"
ENV PYTHONPATH=/opt/edge-agent \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LANG=C.UTF-8 \
    EDGE_AGENT_CONFIG=/etc/edge-agent/site.yaml \
    STATE_DIRECTORY=/var/lib/edge-agent
# A fixed id, so that the host's folder can be given to it: chown 10001 /var/lib/edge-agent
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/edge-agent edge-agent \
 && install -d -o edge-agent -g edge-agent -m 0750 /var/lib/edge-agent \
 && install -d -m 0755 /etc/edge-agent
COPY --from=build /opt/edge-agent /opt/edge-agent
COPY --from=build /usr/local/bin/edge-agent /usr/local/bin/edge-agent
USER edge-agent
WORKDIR /var/lib/edge-agent
VOLUME /var/lib/edge-agent
# SIGTERM is a clean shutdown: less than 5 s, nothing is lost.
STOPSIGNAL SIGTERM
# /healthz listens on the container's own loopback; with another metrics_port in the site file, change it here too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["edge-agent"]
CMD ["run", "--log", "json"]

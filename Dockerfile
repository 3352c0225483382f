# Two stages: the first installs with pip, the second runs and has no pip. See docs/operating.md.
#
# The base by its digest makes tomorrow's image of today's system:
#   docker buildx imagetools inspect debian:trixie-slim --format '{{.Manifest.Digest}}'
#   docker compose build --build-arg BASE=debian:trixie-slim@sha256:...
# Its Python is Debian's, which gets Debian's security updates whenever the image is built again.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
WORKDIR /app
COPY requirements.txt .
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
    && .venv/bin/pip uninstall -y pip
COPY manage.py ./
COPY wanstudio wanstudio
COPY generations generations
COPY templates templates
COPY static static
# Made first: the settings would make it for root alone.
RUN mkdir var \
    && WANSTUDIO_ENV_FILE=none SECRET_KEY=only-to-collect-static-files .venv/bin/python manage.py collectstatic --noinput

FROM ${BASE}
# postgresql-client dumps servers of its own major version (17) and older. tini reaps what is left of
# a cluster of workers and hands the stop to the main process alone.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-client python3 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --home-dir /nonexistent --uid 1000 wanstudio
# A new volume takes its owner from the folder that it covers. Nothing else is the account's own.
RUN install -d -o wanstudio -m 700 /media /backups
COPY --from=build /app /app
WORKDIR /app
USER wanstudio
ENV PATH=/app/.venv/bin:$PATH HOST=0.0.0.0 MEDIA_ROOT=/media PYTHONUNBUFFERED=1 WANSTUDIO_ENV_FILE=none
EXPOSE 8000
VOLUME /media
# Whether the process answers. A proxy in front asks /readyz; /healthz is for alarms.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
ENTRYPOINT ["tini", "--"]
CMD ["gunicorn", "--config", "python:wanstudio.gunicorn", "wanstudio.wsgi"]

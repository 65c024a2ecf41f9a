# One image, every process: `docker run efface api`, `worker`, `migrate`, `key`, `doctor`.
# Python 3.11 is the version that the tests run on.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /opt/efface \
    && /opt/efface/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary=:all: -r requirements.lock

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 efface \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin efface
COPY --from=packages /opt/efface /opt/efface
WORKDIR /app
COPY LICENSE pyproject.toml ./
COPY adapters adapters
COPY migrations migrations
COPY openapi openapi
COPY service service
ENV PATH=/opt/efface/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The file system is read-only at run time: compiled once, every start is seconds shorter.
RUN python -m compileall -q /app /opt/efface/lib
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-P", "-m", "service.cli"]

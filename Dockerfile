# One image for the gateway, the worker and migrations: the subcommand makes the difference.

FROM python:3.13-slim AS build
COPY requirements-runtime.lock /build/
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install \
        --no-cache-dir --require-hashes -r /build/requirements-runtime.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin satukan
COPY --from=build /venv /venv
COPY . /app/
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    SATUKAN_ENVIRONMENT=production
RUN mkdir /files && chown satukan /files
RUN python -m compileall -q settings.py gateway schema resolvers services models workers
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-P", "-m", "gateway.cli"]
CMD ["serve", "--host", "0.0.0.0"]

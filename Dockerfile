# One image; the command chooses what it runs: serve (unless told otherwise), migrate, models, …
# A glibc base: scikit-learn and psycopg publish no wheels for musl.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/moderation \
 && wheel="$(echo /wheels/moderation-*.whl)" \
 && /opt/moderation/bin/pip install --constraint constraints.txt "${wheel}[postgres,redis]" \
 && /opt/moderation/bin/pip check

FROM python:${PYTHON}-slim
# The folder is made here so that a fresh volume belongs to the account that writes to it.
RUN groupadd --system --gid 10001 moderation \
 && useradd --system --uid 10001 --gid moderation --no-create-home --home-dir /data moderation \
 && install --directory --owner=moderation --group=moderation --mode=0700 /data
COPY --from=build /opt/moderation /opt/moderation
ENV PATH=/opt/moderation/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODERATION_DATA_DIR=/data \
    MODERATION_LOG_FORMAT=json
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8080
# The slim image has no curl. urlopen raises, and Python ends with 1, unless the answer is a success.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('MODERATION_PORT', '8080') + '/healthz', timeout=4)"]
ENTRYPOINT ["moderation"]
CMD ["serve", "--host", "0.0.0.0"]

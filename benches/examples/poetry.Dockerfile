FROM python:3.13-slim-trixie AS builder
ENV POETRY_NO_INTERACTION=1 \
    POETRY_VIRTUALENVS_IN_PROJECT=1 \
    POETRY_VIRTUALENVS_OPTIONS_NO_PIP=1 \
    POETRY_CACHE_DIR=/var/cache/pypoetry \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
# Poetry has an environment of its own, which does not ship.
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    python -m venv /opt/poetry && /opt/poetry/bin/pip install poetry==2.4.1 poetry-plugin-pypi-mirror
# By itself Poetry asks PyPI's own API, which mirrors do not have; the plugin makes it read the index, as other tools do.
ENV POETRY_PYPI_MIRROR_URL=https://pypi.org/simple/
WORKDIR /app
RUN --mount=type=cache,target=/var/cache/pypoetry \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=poetry.lock,target=poetry.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    /opt/poetry/bin/poetry sync --only main,times --extras server --no-root --compile
COPY . .
RUN --mount=type=cache,target=/var/cache/pypoetry \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    /opt/poetry/bin/poetry build --format wheel --output /tmp/wheel \
    && /opt/poetry/bin/pip --python .venv/bin/python install --no-deps --no-index /tmp/wheel/*.whl


FROM python:3.13-slim-trixie
RUN groupadd --system --gid 999 service && useradd --system --gid 999 --uid 999 --no-create-home service
WORKDIR /app
COPY --from=builder /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1
USER service
EXPOSE 8000
CMD ["waitress-serve", "--port=8000", "crew.web:app"]

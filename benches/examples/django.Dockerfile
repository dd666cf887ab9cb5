FROM python:3.13-slim-trixie AS builder
COPY --from=ghcr.io/astral-sh/uv:0.13.8 /uv /bin/uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /app
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --locked --no-install-project --no-dev --no-editable
COPY manage.py ./
COPY shop shop
RUN DJANGO_SETTINGS_MODULE=shop.settings DJANGO_SECRET_KEY=not-for-running \
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0


FROM python:3.13-slim-trixie
RUN groupadd --system --gid 999 service && useradd --system --gid 999 --uid 999 --no-create-home service
WORKDIR /app
COPY --from=builder /app/.venv /app/.venv
COPY --from=builder /app/static static
COPY manage.py ./
COPY shop shop
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=shop.settings
USER service
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-tmp-dir", "/dev/shm", "shop.wsgi"]

# One image for web, worker, beat and the first-run migration; docker-compose.yml says which runs what.
FROM node:22-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
# Tailwind reads the class names out of the templates.
COPY templates/ ../templates/
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 OMP_NUM_THREADS=1
WORKDIR /srv/clinic_crm
COPY requirements.txt ./
RUN pip install --disable-pip-version-check -r requirements.txt
COPY . .
COPY --from=frontend /build/frontend/dist frontend/dist
# Settings refuse to load without these; nothing is connected to and nothing of it stays.
RUN python -c "from pathlib import Path; from devstack import catalogues; print(catalogues.build(Path('.')))" \
    && SECRET_KEY=only-to-collect-static-files \
       HEALTH_KEYS=only-to-collect-static-files-nothing-is-sealed \
       TOMBSTONE_KEYS=only-to-collect-static-files-nobody-is-erased DATABASE_URL=postgres://nobody@127.0.0.1:1/none \
       REDIS_URL=redis://127.0.0.1:1/0 python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --uid 10001 clinic \
    && mkdir -p /var/lib/clinic_crm/media /var/lib/clinic_crm/beat \
    && chown -R clinic: /var/lib/clinic_crm
USER clinic
VOLUME /var/lib/clinic_crm
EXPOSE 8000
# No access log: it would keep what people search for. The project logs each request itself.
CMD ["gunicorn", "clinic_crm.wsgi", "--worker-class", "gthread", "--bind", "0.0.0.0:8000", \
     "--workers", "2", "--threads", "8"]

# Pages are built with Node, then only their files go into the Python image.
FROM node:20-bookworm-slim AS pages
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 DATACHAT_DATA_DIR=/data
WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY backend backend
COPY agents agents
COPY knowledge knowledge
COPY connectors connectors
COPY --from=pages /src/frontend/dist frontend/dist
RUN useradd --system --uid 10001 --home /data datachat && mkdir /data && chown datachat /data
USER datachat
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/ready', timeout=2)"
CMD ["python", "-m", "backend.cli", "serve", "--host", "0.0.0.0"]

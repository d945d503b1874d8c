# syntax=docker/dockerfile:1
# One image for every program: `docker run edgeward scheduler --config F`, `… prober --config F`. What is installed is what
# the hash-locked list says and our own wheel; it runs as nobody, writes nothing and starts no shell.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv --without-pip /opt/edgeward \
 && python -m pip --python /opt/edgeward/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
RUN python -m pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY . .
RUN python -m hatchling build -t wheel -d /src/dist \
 && python -m pip --python /opt/edgeward/bin/python install --no-cache-dir --no-deps /src/dist/*.whl

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="edgeward" \
      org.opencontainers.image.description="Places and scales Kubernetes workloads across edge sites, their neighbours and the cloud." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/edgeward /opt/edgeward
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["/opt/edgeward/bin/edgeward"]
CMD ["--help"]

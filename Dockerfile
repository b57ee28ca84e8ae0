# A venue in a container: `docker build -t bedesten .`, then
#   docker run --rm -p 127.0.0.1:8080:8080 bedesten                                      a demo venue that forgets
#   docker run --rm -p 127.0.0.1:8080:8080 -v venue:/data bedesten serve --host 0.0.0.0 --data /data/venue    one that keeps its data
# Its commands are run by tests/packaging/test_container.py, but for apt-get and useradd; no image is built there.
FROM python:3.13-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The pages are built here, with a Node that stays behind in this stage.
RUN python web/build.py
# The core is compiled here, or the build fails; byte code is made here, so that no start has to make it.
RUN BEDESTEN_REQUIRE_COMPILED=1 pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv /venue \
    && /venue/bin/pip install --no-cache-dir --constraint constraints.txt "$(ls /wheels/bedesten-*.whl)[venue]" \
    && /venue/bin/python -m compileall -q /venue/lib

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 venue && mkdir /data && chown venue /data
COPY --from=build /venue /venue
ENV PATH=/venue/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER venue
VOLUME /data
EXPOSE 8080
# The server looks after its own connections at the end: SIGTERM, and time to finish.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["bedesten"]
CMD ["serve", "--demo", "--host", "0.0.0.0"]

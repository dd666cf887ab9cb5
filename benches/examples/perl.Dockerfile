FROM debian:trixie-slim
RUN useradd --uid 65532 --create-home --home-dir /app nonroot
COPY serve.pl /app/
USER nonroot
WORKDIR /app
EXPOSE 8000
CMD ["/usr/bin/perl", "serve.pl"]

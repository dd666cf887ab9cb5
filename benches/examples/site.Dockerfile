FROM python:3.13-slim-trixie AS packed
COPY public /site
RUN find /site -type f -size +256c ! -name '*.gz' -exec gzip -9nk {} +

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=gcr.io/distroless/cc-debian13:debug-nonroot /busybox/busybox /bin/httpd
COPY --from=packed /site /site
WORKDIR /site
EXPOSE 8000
CMD ["/bin/httpd", "-f", "-p", "8000", "-h", "/site"]

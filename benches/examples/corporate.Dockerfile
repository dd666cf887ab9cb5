FROM python:3.13-slim-trixie
RUN groupadd --system --gid 999 service && useradd --system --gid 999 --uid 999 --no-create-home service \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY corporate-ca.crt /tmp/company.crt
RUN mkdir -p /etc/ssl/certs && cat /tmp/company.crt >>/etc/ssl/certs/ca-certificates.crt && rm /tmp/company.crt
WORKDIR /app
COPY main.py ./
ENV PYTHONUNBUFFERED=1
USER service
EXPOSE 8000
CMD ["python", "main.py"]

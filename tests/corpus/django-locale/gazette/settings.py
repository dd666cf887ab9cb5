import os

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only-for-builds")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["gazette", "django.contrib.staticfiles"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
]
ROOT_URLCONF = "gazette.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.i18n"]},
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("GAZETTE_STATIC", "/app/static")
USE_TZ = True
TIME_ZONE = "Europe/Oslo"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]

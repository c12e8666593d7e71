import os

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from taihu.engines.kernel_cache import choose_kernel_cache
from taihu.portal.environment import data_folder, read_bool, read_database, read_int, read_keys, read_list

DATA_FOLDER = data_folder()
KEYS = read_keys(DATA_FOLDER)
choose_kernel_cache(DATA_FOLDER / "cache" / "kernels")

DEBUG = read_bool("TAIHU_DEBUG", False)
DEMO = read_bool("TAIHU_DEMO", False)
SECRET_KEY = KEYS["session"]
FIELD_KEYS = KEYS["fields"]
MATCH_KEY = KEYS["match"]
ALLOWED_HOSTS = read_list("TAIHU_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
SITE_URL = os.environ.get("TAIHU_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CITY_NAME = os.environ.get("TAIHU_CITY", "无锡")
CITY_AREA = os.environ.get("TAIHU_CITY_AREA", "320200")

INSTALLED_APPS = [
    "taihu.portal",
    "taihu.systems.jobs",
    "taihu.systems.policies",
    "taihu.records.cases",
    "taihu.records.facts",
    "taihu.records.ledger",
    "taihu.records.identity",
    "taihu.records.taxonomy",
    "taihu.records.audit",
    "taihu.records.base",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "taihu.portal.middleware.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "taihu.portal.middleware.officials.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "taihu.portal.middleware.refusals.RefusalMiddleware",
    "taihu.portal.middleware.limits.AccountLimitMiddleware",
]

ROOT_URLCONF = "taihu.portal.urls"
WSGI_APPLICATION = "taihu.portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "taihu.portal.context.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": read_database(os.environ.get("TAIHU_DATABASE_URL", ""), DATA_FOLDER)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home_of_role"
ACCOUNT_ADAPTER = "taihu.portal.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# One of the two is enough: the form asks for either, and the adapter sends the code to whichever was given.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {"signup": "taihu.portal.signup.AddressOrPhoneForm"}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_SIGNUP_FORM_CLASS = "taihu.portal.accounts.SignupForm"
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # accounts.AccountAdapter counts them for all processes
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Taihu"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
REQUIRE_MFA_FOR_OFFICIALS = read_bool("TAIHU_REQUIRE_MFA_FOR_OFFICIALS", not DEMO)

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if read_bool("TAIHU_BEHIND_PROXY", False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("en", "English")]
LOCALE_PATHS = [DATA_FOLDER / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_FOLDER / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = DATA_FOLDER / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# The form of a long policy has a dozen fields per clause.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8_000
UPLOAD_LIMIT_BYTES = read_int("TAIHU_UPLOAD_MB", 10, 1, 200) * 1024 * 1024

EMAIL_BACKEND = os.environ.get("TAIHU_EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = DATA_FOLDER / "mail"
EMAIL_HOST = os.environ.get("TAIHU_SMTP_HOST", "localhost")
EMAIL_PORT = read_int("TAIHU_SMTP_PORT", 25, 1, 65535)
EMAIL_HOST_USER = os.environ.get("TAIHU_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TAIHU_SMTP_PASSWORD", "")
EMAIL_USE_TLS = read_bool("TAIHU_SMTP_TLS", False)
DEFAULT_FROM_EMAIL = os.environ.get("TAIHU_MAIL_FROM", "taihu@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TAIHU_LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = [] if HTTPS else ["security.W004", "security.W008"]

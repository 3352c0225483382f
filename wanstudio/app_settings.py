"""Apps, middleware and languages: the same in every installation."""

INSTALLED_APPS = [
    "generations.apps.GenerationsConfig",
    "wanstudio.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.feishu",
    "allauth.socialaccount.providers.dingtalk",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "wanstudio.middleware.RequestLogMiddleware",
    "wanstudio.middleware.DefaultHeadersMiddleware",
    "wanstudio.middleware.AnyHostMiddleware",
    "wanstudio.https.RedirectLoopMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wanstudio.old_cookies.OldCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "wanstudio.time_zone.TimeZoneMiddleware",
    "wanstudio.middleware.BodyLimitMiddleware",  # before anything reads the body
    "django.middleware.common.CommonMiddleware",
    "wanstudio.middleware.FirstRunMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "generations.accounts.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "generations.views.permissions.LoginRequiredMiddleware",
    "generations.views.second_factor.StaffMFAMiddleware",
]

ROOT_URLCONF = "wanstudio.urls"
WSGI_APPLICATION = "wanstudio.wsgi.application"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
FORMAT_MODULE_PATH = "wanstudio.formats"

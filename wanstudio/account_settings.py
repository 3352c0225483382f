"""How people sign in, in all installations: Django's accounts and django-allauth."""

# The first backend finds names as they are written, and keeps the sessions of earlier releases. The
# second one finds e-mail addresses, and names in other capitals.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "generations:new"
LOGOUT_REDIRECT_URL = "login"

ACCOUNT_ADAPTER = "generations.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "generations.accounts.forms.SignInForm",
    "signup": "generations.accounts.forms.SignUpForm",
    "add_email": "generations.accounts.forms.EmailForm",
    "change_password": "generations.accounts.forms.ChangePasswordForm",
    "set_password": "generations.accounts.forms.SetPasswordForm",
    "reset_password": "generations.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "generations.accounts.forms.NewPasswordForm",
    "reauthenticate": "generations.accounts.forms.ConfirmPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True  # one address for each account
# Nobody can find out who has an account. Only a verified address belongs to just one account.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]
# Guessing locks out its origin, not the owner of the account elsewhere. The `key` of a failed
# sign-in is a name at an IP address: see `AccountAdapter`.
ACCOUNT_RATE_LIMITS = {
    "login": None,  # correct passwords do not count, and nobody is locked out by others
    "login_failed": "8/15m/key,30/15m/ip",  # the page says 15 minutes
    "signup": "20/h/ip",
    "change_password": "8/15m/user",
    "reauthenticate": "8/15m/user",
    "reset_password": "20/15m/ip",
    "mail": "3/h/key",
    "reset_password_from_key": "20/15m/ip",
}
MFA_ADAPTER = "generations.accounts.second_factor.MFAAdapter"
MFA_FORMS = {
    "authenticate": "generations.accounts.second_factor_forms.CodeForm",
    "reauthenticate": "generations.accounts.second_factor_forms.ConfirmCodeForm",
    "activate_totp": "generations.accounts.second_factor_forms.ActivateForm",
    "add_webauthn": "generations.accounts.second_factor_forms.PasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_TOTP_ISSUER = "WAN Studio"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a clock may be wrong
# An e-mail address is never required: people may have none, and mail may not be set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True

SOCIALACCOUNT_ADAPTER = "generations.accounts.single_sign_on.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

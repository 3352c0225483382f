"""How the accounts library, django-allauth, is used: its forms, names and limits."""

"""What the studio says to the accounts library, django-allauth: its forms, names and limits."""

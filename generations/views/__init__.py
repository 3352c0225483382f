"""Pages: fetch, check, render. They create rows and cancel them; they never ask a provider."""

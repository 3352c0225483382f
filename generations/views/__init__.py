"""Pages. They create rows and cancel them; they never call a provider."""

# Everything from nothing: Python 3.11 or newer, make and a shell are enough. Safe to repeat.

SHELL := /bin/sh
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONUNBUFFERED := 1

# The first Python that is new enough; a `.venv` may bring its own. `make run PYTHON=...` picks one.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python $(PY); do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
STATIC := $(shell find static -type f 2>/dev/null)
MESSAGES := $(shell find generations/locale -name '*.po' 2>/dev/null)

# Nothing is done while this file is read: `make help` and `make -n` change nothing.
.NOTPARALLEL:
.PHONY: help run test check live bench crash fuzz screenshots debian lock environment test-environment browser

help:
	@echo "make run          start the studio: http://127.0.0.1:8000, or HOST and PORT"
	@echo "make test         all tests; TEST_DATABASE_URL and TEST_REDIS_URL repeat them there"
	@echo "make check        lint, format, types, migrations, production settings"
	@echo "make live         one real video from each service with a key; it is billed"
	@echo "make bench        the benchmarks, with a table at the end"
	@echo "make crash        the long fault run"
	@echo "make fuzz         the long fuzz run"
	@echo "make screenshots  the film and the pictures of the documentation; the timed walk from a clone"
	@echo "make debian       docs/installing.md, word by word, in a bare Debian; needs root"
	@echo "make lock         requirements.txt from requirements.in, the tests' too; UPGRADE=--upgrade"

run: environment var/static/.collected
	@$(PY) manage.py studio

# Five files of tests at a time, long ones first (tests/conftest.py): much of it is waiting.
# Compiled tests are kept, whatever the environment says: each of the processes reads all of them.
test: export PYTHONDONTWRITEBYTECODE :=
PARALLEL ?= -n 5 --dist loadfile --no-loadscope-reorder
test: test-environment browser
	@TEST_DATABASE_URL= TEST_REDIS_URL= $(PY) -m pytest $(PARALLEL) $(TESTS)
	@if [ -n "$$TEST_DATABASE_URL$$TEST_REDIS_URL" ]; then \
		echo "Once more what asks the database, on the one that TEST_DATABASE_URL names"; \
		$(PY) -m pytest $(PARALLEL) -m "database and not ($(LONG))" $(TESTS); fi

# Long or costly runs, each behind a marker of its own.
LONG := live or bench or crash or fuzz or screenshots or debian
live crash fuzz screenshots debian: test-environment browser
	@$(PY) -m pytest -m $@ -s

# BENCH chooses some by name; a run of all of them writes docs/performance.md.
bench: test-environment
	@$(PY) -m pytest -m bench -s $(if $(BENCH),-k "$(BENCH)") tests/benchmarks

# As in production, and with nothing of this machine's own environment.
PRODUCTION := env -i PATH="$(PATH)" WANSTUDIO_ENV_FILE=none WANSTUDIO_HTTPS=on \
	WANSTUDIO_PROXIES=1 ALLOWED_HOSTS=studio.example.com DASHSCOPE_API_KEY=checked-not-used \
	SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))')"

check: test-environment var/static/.collected
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m bandit -q -c pyproject.toml -r generations wanstudio manage.py
	@$(PY) -m mypy
	@$(PY) -m pytest -q --no-header tests/test_requirements.py
	@$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	@if command -v msgfmt >/dev/null; then for po in $(MESSAGES); do \
		msgfmt --check --output-file=var/messages.mo $$po \
		&& $(PY) -c "$(SAME_MESSAGES)" var/messages.mo $${po%.po}.mo \
		|| { echo "$$po was not compiled: $(PY) manage.py compilemessages"; exit 1; }; done; \
	else echo "The compiled messages were not compared: there is no gettext here"; fi

# What is pinned stays unless the .in files no longer allow it; UPGRADE=--upgrade takes the newest.
LOCK := -m uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)
lock: test-environment
	@$(PY) $(LOCK) requirements.in --output-file requirements.txt
	@$(PY) $(LOCK) tests/requirements.in --output-file tests/requirements.txt

SAME_MESSAGES := import gettext, sys; \
	new, old = (gettext.GNUTranslations(open(path, 'rb'))._catalog for path in sys.argv[1:]); \
	sys.exit(new != old)

# What the targets stand on. `wanstudio/install.py` makes `.venv` and knows when to leave it alone.

environment test-environment:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(PYTHON) is too old or missing: Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m wanstudio.install requirements.txt \
		$(if $(filter test-environment,$@),tests/requirements.txt)

# Whichever comes first: one that is there, Debian's package, Playwright's own. Browser tests say
# that they were skipped where none of these works.
browser: test-environment
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null \
		|| command -v chromium-browser >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium" \
			&& apt-get -qq update \
			&& apt-get -qq install -y chromium-headless-shell >/dev/null; } \
		|| $(PY) -m playwright install chromium \
		|| echo "No browser could be installed: its tests will be skipped."

var/static/.collected: $(STATIC) requirements.txt | environment
	@echo "Collecting the static files"
	@DEBUG=off $(PY) manage.py collectstatic --noinput --verbosity 0
	@touch $@

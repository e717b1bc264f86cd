# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.dev
CLASS  := $(VENV)/.class
TOOLS  := $(VENV)/.tools
# JupyterLab asks about news otherwise, over the notebook
SETTINGS := $(VENV)/share/jupyter/lab/settings
NO_NEWS  := {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}

.DEFAULT_GOAL := help
.PHONY: help site run lab reset attendee class tools test test-class lint format notebooks pictures bench doctor lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.txt pyproject.toml
	@echo "setting up $(VENV); the first time takes about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@mkdir -p $(SETTINGS) && echo '$(NO_NEWS)' > $(SETTINGS)/overrides.json
	@touch $@

# What tests, lint and pictures need besides
$(DEV): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# JupyterHub, and its proxy from npm
$(CLASS): $(READY) .class/package-lock.json
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[class]'
	@mkdir -p $(VENV)/class && cp .class/package.json .class/package-lock.json $(VENV)/class
	@npm ci --silent --prefix $(VENV)/class
	@touch $@

# In a place of its own: Ansible and the AWS CLI want other versions than labkit
$(TOOLS): .tools/requirements.txt .tools/add_collections.py .tools/package-lock.json
	@$(PYTHON) -m venv $(VENV)/tools
	@$(VENV)/tools/bin/python -m pip install --quiet --disable-pip-version-check --requirement .tools/requirements.txt
	@$(VENV)/tools/bin/python .tools/add_collections.py
	@cp .tools/package.json .tools/package-lock.json $(VENV)/tools
	@if command -v npm >/dev/null; then npm ci --silent --ignore-scripts --prefix $(VENV)/tools && touch $@; \
	else echo "npm is not installed: notebook 13 skips JavaScript"; fi

run: $(READY) ## run the whole flow for real; writes out/whole-flow.html and out/lease-lifetimes.png
	@$(BIN)/labkit run

lab: $(READY) ## open JupyterLab on copies of the notebooks, in work/
	@$(BIN)/labkit lab

reset: $(READY) ## replace the copies by the notebooks themselves; one by NAME=03; asks first
	@$(BIN)/labkit reset $(NAME)

class: $(CLASS) ## hold a class: JupyterHub on loopback, a container for each attendee
	@$(BIN)/python .class/hold.py

tools: $(READY) $(TOOLS) ## install Ansible, the AWS CLI and a JavaScript SDK for notebook 13

attendee: $(READY) ## write the notebooks without solutions and outputs into out/attendee
	@$(BIN)/labkit attendee

# What tests and builds solve is no learner's progress
test notebooks site: export LABKIT_PROGRESS := off

test: lint ## run every test, the notebooks included
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(addprefix --ignore=,$(ALONE) tests/class_/test_class.py)
	$(BIN)/python -m pytest $(ALONE)
	LABKIT_RUNTIME=embedded LABKIT_STORM_LEASES=400 $(BIN)/python -m pytest $(NBVAL) -n 2 --dist loadscope notebooks

test-class: $(CLASS) $(DEV) ## hold a class of three in Docker and test it; takes some minutes
	$(BIN)/python -m pytest tests/class_

# They kill processes, sweep Docker, or measure time: two at a time would disturb each other
ALONE := tests/runtimes tests/commands tests/test_compose.py tests/test_browser.py

NBVAL := --nbval --nbval-current-env --nbval-cell-timeout 150 --nbval-sanitize-with tests/sanitize.cfg

lint: $(DEV) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

format: $(DEV) ## put the code, notebooks too, in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: $(DEV) ## execute the notebooks and keep their outputs
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False notebooks/*.ipynb
	$(BIN)/ruff format notebooks

pictures: $(DEV) ## make the README's pictures and its table of notebooks anew
	$(BIN)/python .ci/catalogue.py

site: $(DEV) ## build the documentation site into out/site/html
	$(BIN)/python .site/build.py out/site

bench: $(DEV) ## measure the limits: ratios in one run
	@status=0; for part in lab evidence engine storm door iam notebooks lines; do $(BIN)/python -m tests.bench.$$part || status=1; done; exit $$status

doctor: $(READY) ## say which runtimes are possible here, and why not
	@$(BIN)/labkit doctor

lock: ## renew the versions that CI installs (.ci/constraints.txt)
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(VENV)-lock/bin/python -m pip freeze --exclude labkit > .ci/constraints.txt && rm -rf $(VENV)-lock

clean: ## remove what was installed and written
	rm -rf $(VENV) out build *.egg-info

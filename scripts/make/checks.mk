# Checks: the programs against their tests and PyTorch, and the committed results against their own rows and against
# new runs.

.PHONY: test check fmt clippy advisories deny rendered rerender check-results check-rendering check-training check-page check-python check-pytorch check-slurm

test: ## All tests; they need no network
	cargo test --locked --release --workspace
	@if $(PYTHON) -c 'import numpy, safetensors.numpy' 2>/dev/null; then $(call test_python,$(PYTHON)); else \
	    echo 'make: the examples of docs/python.md are left out: $(PYTHON) has no numpy or no safetensors; make check-python installs them' >&2; fi

# $(1): a Python with numpy and safetensors.
test_python = PYTHON=$(1) cargo test --locked --release --workspace --test python -- --ignored

$(OUT)/python-numpy/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet numpy safetensors
	@touch $@

check-python: $(OUT)/python-numpy/installed ## Run the examples of docs/python.md, with numpy and safetensors, which it installs
	$(call test_python,$(CURDIR)/$(<D)/bin/python)

check: fmt clippy deny test ## Formatting, lints, dependencies and tests

fmt:
	cargo fmt --check

clippy:
	cargo clippy --locked --workspace --all-targets -- -D warnings

# Needs the network, for the list of advisories.
advisories: ## Known faults of the dependencies; needs cargo-deny and the network
	cargo deny --locked check advisories

deny: ## Licences and sources of the dependencies, where cargo-deny is installed
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --locked check licenses bans sources; else \
	    echo 'make: cargo-deny is not installed, so the dependencies are not checked; cargo install --locked cargo-deny' >&2; fi

# Short ones: in the 501 steps of cmnist/erm, bf16 and f32 part by more than a point at p_e 0.9. And one that is f32 anywhere.
CHECKED_RUNS ?= two-spurious/v-rex/seed-0 multiclass/k5-erm-grayscale/seed-0 cmnist/erm-grayscale/seed-3 cmnist/meta-irm/seed-0

committed = $(filter $(patsubst $(RESULTS)/%.csv,%,$(wildcard $(RESULTS)/*.csv)),$(experiments))
committed_runs = $(filter $(committed:%=%/%),$(shell sed 1d $(RESULTS)/recipes.csv | cut -d , -f 1))
# $(1): figure. Its records, rows or logs.
committed_inputs = $(or $(records_of/$(1)),$(if $(run_of/$(1)),$(wildcard $(RESULTS)/logs/$(log_of/$(1))/*.csv),$(patsubst %,$(RESULTS)/%.csv,$(call experiments_in,$(1),$(committed_runs)))))
committed_figures = $(foreach name,$(figures),$(if $(filter $(shown_under/$(name)),$(committed)),$(if $(call committed_inputs,$(name)),$(if $(call something_of,$(name),$(committed_runs)),$(name)))))

committed_kinds = $(filter $(patsubst $(RESULTS)/sheets/%.png,%,$(wildcard $(RESULTS)/sheets/*.png)),$(kinds))

rendered: $(OUT)/bin/report
	@rm -rf $(OUT)/check/rendered
	@mkdir -p $(OUT)/check/rendered/figures
	@$(foreach name,$(committed_figures),$(call draw,$(name),$(committed_runs),$(call committed_inputs,$(name))) -o $(OUT)/check/rendered/figures/$(name).svg &&) :
	@$(OUT)/bin/report page $(call page_flags,$(committed),$(committed_figures)) -o $(OUT)/check/rendered/results.md $(committed:%=$(RESULTS)/%.csv)
	@$(OUT)/bin/report page $(call html_flags,$(committed),$(committed_figures),$(RESULTS)/recipes.csv,$(RESULTS)/run.json,$(RESULTS)/sheets,$(committed_kinds),$(RESULTS)/logs) -o $(OUT)/check/rendered/results.html $(committed:%=$(RESULTS)/%.csv)

rerender: rendered ## Render fixtures/results again from its rows, where report draws otherwise than it did
	rm -rf $(RESULTS)/figures
	cp -R $(OUT)/check/rendered/. $(RESULTS)

check-results: check-rendering check-training ## Hold fixtures/results against its own rows, and its rows against new runs

check-rendering: rendered
	diff $(RESULTS)/results.md $(OUT)/check/rendered/results.md
	cmp $(RESULTS)/results.html $(OUT)/check/rendered/results.html
	diff -rq $(RESULTS)/figures $(OUT)/check/rendered/figures

check-training: $(RESULTS)/recipes.csv $(RESULTS)/run.json $(OUT)/bin/plan
	@# Ends here, and not after minutes of training, where there is no Python.
	@$(PYTHON) scripts/compare-scores.py --help >/dev/null
	@rm -rf $(OUT)/check/trained
	@$(OUT)/bin/plan check-recipes --experiments $(EXPERIMENTS) --results $(RESULTS) $(committed)
	+@$(again) OUT=$(OUT)/check/trained DIGITS=$(DIGITS) $(CHECKED_RUNS:%=$(OUT)/check/trained/scores/%.csv)
	@$(PYTHON) scripts/compare-scores.py --results $(RESULTS) $(CHECKED_RUNS:%=$(OUT)/check/trained/scores/%.csv)

check-slurm: $(PROGRAMS:%=$(OUT)/bin/%) ## Run a small job array on a Slurm cluster on this machine whose nodes fail; needs root, slurm-wlm and munge
	@$(PYTHON) scripts/check-slurm.py --built $(call quote,$(BUILT))
# The page in a browser. Chromium is a package of the system; the other tools come from npm.
PAGE ?= $(RESULTS)/results.html
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name) 2>/dev/null)))

$(OUT)/node/package-lock.json: scripts/page/package.json
	@mkdir -p $(@D)
	@cp $< $(@D)/package.json
	cd $(@D) && npm install --silent --no-audit --no-fund
	@touch $@

check-page: $(OUT)/node/package-lock.json ## Look at PAGE=fixtures/results/results.html with Chromium, html-validate and axe-core, which it installs
	@[ -n "$(CHROMIUM)" ] || { echo 'make: there is no Chromium; install the package chromium, or say CHROMIUM=PROGRAM' >&2; exit 1; }
	@rm -rf $(OUT)/check/page
	@cd $(OUT)/node && node $(CURDIR)/scripts/page/check.mjs --page $(abspath $(PAGE)) --out $(CURDIR)/$(OUT)/check/page --chromium $(CHROMIUM)

# PyTorch, as an oracle. Its virtual environment is made once; torch from PyPI is some 5 GB.
$(OUT)/python/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet torch numpy safetensors
	@touch $@

# What the examples of docs/python.md need besides.
$(OUT)/python/installed-examples: $(OUT)/python/installed
	$(@D)/bin/pip install --quiet pillow pandas matplotlib
	@touch $@

CHECKED := $(OUT)/checkpoints/cmnist/erm/seed-0.safetensors $(OUT)/scores/cmnist/erm/seed-0.csv

check-pytorch: $(OUT)/python/installed-examples $(installed:%=$(OUT)/bin/%) $(CHECKED) ## Compare with PyTorch, which it installs, and run docs/python.md
	$(OUT)/python/bin/python scripts/check-pytorch.py --train $(OUT)/bin/train $(CHECKED) $(addprefix $(OUT)/environments/color/seed-0/,$(addsuffix .safetensors,train-1 train-2 $(foreach tenth,1 2 3 4 5 6 7 8 9,test-0.$(tenth))))
	@rm -rf $(OUT)/check/python
	@mkdir -p $(OUT)/check/python
	cd $(OUT)/check/python && PATH=$(CURDIR)/$(OUT)/bin:$$PATH $(CURDIR)/$(OUT)/python/bin/python $(CURDIR)/tests/python/run_document.py --all $(CURDIR)/docs/python.md

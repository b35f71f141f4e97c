# Chains mkenv, train, eval and report into the paper's tables. `make help` lists what it can make.
#
# What is run stands in scripts/experiments.mk. Everything that is made lies under out/:
#
#     out/mnist/                                    the digits
#     out/environments/KIND/seed-S/*.safetensors    made by mkenv
#     out/checkpoints/TABLE/ROW/seed-S.safetensors  made by train, with the training log beside it
#     out/scores/TABLE/ROW/seed-S.csv               made by eval
#     out/tables/TABLE.{txt,md,tex,csv}             made by report

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: help data demo test check check-pytorch bench fmt clippy clean programs FORCE

# Seeds of the runs; a seed makes a run's environments and its initial weights.
SEEDS ?= 0 1 2
# p_e of the training environments and of the test environments.
TRAIN_P_E := 0.2 0.1
TEST_P_E := 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9

OUT := out
PROGRAMS := mkenv train eval report
BUILT := $(or $(CARGO_TARGET_DIR),target)/release
IDX := $(OUT)/mnist/train-images-idx3-ubyte $(OUT)/mnist/train-labels-idx1-ubyte

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo '  make table-TABLE   One of the tables: $(tables)'
	@echo 'Settings: SEEDS="0 1 2"; MNIST_DIR=FOLDER with the digits, to fetch nothing. -j works.'

data: $(IDX) ## Fetch MNIST and verify it

demo: ## ERM and meta-IRM with one seed, end to end, and their table
	@$(MAKE) --no-print-directory table-cmnist SEEDS=0 ROWS="erm meta-irm"

test: ## All tests; they need no network
	cargo test --release --workspace

check: fmt clippy test ## Formatting, lints and tests

fmt:
	cargo fmt --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings

clean: ## Remove all that was made but the digits and cargo's files
	rm -rf $(filter-out $(OUT)/mnist,$(wildcard $(OUT)/*))

# ---- Digits. Their sums are verified, so nothing that they could depend on matters.

$(IDX):
	scripts/fetch-mnist $(@D)

# ---- Programs: copies that change only with the programs' bytes, so that a rebuild which changes
# nothing leaves the results standing.

programs:
	@cargo build --release --quiet --bins

$(PROGRAMS:%=$(OUT)/bin/%): programs
	@mkdir -p $(@D)
	@cmp -s $(BUILT)/$(@F) $@ || cp $(BUILT)/$(@F) $@

# ---- Flags: files that change only with the flags, so that a changed line in
# scripts/experiments.mk remakes what depends on it and nothing else.

$(OUT)/flags/%: FORCE
	@mkdir -p $(@D)
	@echo '$(flags/$*)' | cmp -s - $@ || echo '$(flags/$*)' >$@

# One thread a program where make runs several at a time.
threads = $(if $(findstring jobserver,$(MAKEFLAGS)),--threads 1)

# ---- Rules. The stem % is a seed.

mkenv = $(OUT)/bin/mkenv --images $(word 1,$(IDX)) --labels $(word 2,$(IDX))

# $(1): kind of environments, $(2): test-0.9 or the like, $(3): flags.
define MKENV
$(OUT)/environments/$(1)/seed-%/$(2).safetensors: $(OUT)/bin/mkenv $(OUT)/flags/environments/$(1) $(IDX)
	@mkdir -p $$(@D)
	$(mkenv) $(3) $(flags/environments/$(1)) --seed $$* -o $$@
endef

# $(1): kind of environments, $(2): part I of the training digits.
train_part = $(call MKENV,$(1),train-$(2),--split train --part $(2)/$(words $(TRAIN_P_E)) --p-e $(word $(2),$(TRAIN_P_E)))

# $(1): kind of environments, $(2): p_e.
test_digits = $(call MKENV,$(1),test-$(2),--split test --p-e $(2))

PARTS := $(wordlist 1,$(words $(TRAIN_P_E)),1 2 3 4 5 6 7 8 9)

# $(1): kind of environments.
train_files = $(PARTS:%=$(OUT)/environments/$(1)/seed-$$*/train-%.safetensors)
test_files = $(TEST_P_E:%=$(OUT)/environments/$(1)/seed-$$*/test-%.safetensors)
seeded = $(subst $$*,%,$(1))

# $(1): table, $(2): row, $(3): kind of environments.
define RUN
$(OUT)/checkpoints/$(1)/$(2)/seed-%.safetensors: $(OUT)/bin/train $(OUT)/flags/$(1)/$(2) $(call seeded,$(call train_files,$(3)))
	@mkdir -p $$(@D)
	$(OUT)/bin/train $(flags/$(1)/$(2)) --experiment $(1) --seed $$* $$(threads) --log $$(@:.safetensors=.csv) -o $$@ $(call train_files,$(3))

$(OUT)/scores/$(1)/$(2)/seed-%.csv: $(OUT)/bin/eval $(OUT)/checkpoints/$(1)/$(2)/seed-%.safetensors $(call seeded,$(call train_files,$(3)) $(call test_files,$(3)))
	@mkdir -p $$(@D)
	$(OUT)/bin/eval $$(threads) -o $$@ $(OUT)/checkpoints/$(1)/$(2)/seed-$$*.safetensors --env $(call train_files,$(3)) $(call test_files,$(3))
endef

# $(1): table.
rows = $(or $(ROWS),$(rows/$(1)))
scores = $(foreach row,$(call rows,$(1)),$(SEEDS:%=$(OUT)/scores/$(1)/$(row)/seed-%.csv))

# $(1): table, $(2): file name extension, $(3): format.
define RENDER
$(OUT)/tables/$(1).$(2): $(OUT)/bin/report $(OUT)/flags/tables/$(1) fixtures/reference.csv $(scores)
	@mkdir -p $$(@D)
	@$(OUT)/bin/report table --table $(1) --reference fixtures/reference.csv --format $(3) -o $$@ $(scores)
endef

define TABLE
.PHONY: table-$(1)
table-$(1): $(OUT)/tables/$(1).txt $(OUT)/tables/$(1).md $(OUT)/tables/$(1).tex $(OUT)/tables/$(1).csv
	@cat $$<
flags/tables/$(1) := $(call rows,$(1)), seeds $(SEEDS)
$(call RENDER,$(1),txt,text)

$(call RENDER,$(1),md,markdown)

$(call RENDER,$(1),tex,latex)

$(call RENDER,$(1),csv,csv)
endef

# ---- The tables of scripts/experiments.mk, turned into rules.

# name, flags.
define environments
$(eval kinds += $(strip $(1)))$(eval flags/environments/$(strip $(1)) := $(strip $(2)))
endef

# table, row, environments, flags.
define experiment
$(eval rows/$(strip $(1)) += $(strip $(2)))$(eval tables := $(sort $(tables) $(strip $(1))))$(eval flags/$(strip $(1))/$(strip $(2)) := $(strip $(4)))$(eval environments/$(strip $(1))/$(strip $(2)) := $(strip $(3)))
endef

include scripts/experiments.mk

$(foreach kind,$(kinds),$(foreach part,$(PARTS),$(eval $(call train_part,$(kind),$(part)))))
$(foreach kind,$(kinds),$(foreach p_e,$(TEST_P_E),$(eval $(call test_digits,$(kind),$(p_e)))))
$(foreach table,$(tables),$(foreach row,$(rows/$(table)),$(eval $(call RUN,$(table),$(row),$(environments/$(table)/$(row))))))
$(foreach table,$(tables),$(eval $(call TABLE,$(table))))

# ---- PyTorch, as an oracle. Its virtual environment is made once; torch from PyPI is some 5 GB.

PYTHON ?= python3
CHECKED := checkpoints/cmnist/erm/seed-0.safetensors scores/cmnist/erm/seed-0.csv

$(OUT)/python/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet torch numpy safetensors
	@touch $@

$(OUT)/python/installed-jax: $(OUT)/python/installed
	$(OUT)/python/bin/pip install --quiet jax
	@touch $@

bench: $(OUT)/python/installed-jax $(OUT)/bin/train $(subst $$*,0,$(call train_files,color)) ## Time a step beside PyTorch and JAX, which it installs
	@mkdir -p $(OUT)/bench
	$(OUT)/python/bin/python scripts/bench/bench.py --train $(OUT)/bin/train $(subst $$*,0,$(call train_files,color)) >$(OUT)/bench/steps.md
	@cat $(OUT)/bench/steps.md

check-pytorch: $(OUT)/python/installed $(OUT)/bin/train $(CHECKED:%=$(OUT)/%) ## Compare with PyTorch, which it installs
	$(OUT)/python/bin/python scripts/check-pytorch.py --train $(OUT)/bin/train $(CHECKED:%=$(OUT)/%) $(subst $$*,0,$(call train_files,color) $(call test_files,color))

# ---- The search of hyper-parameters, on seeds that no reported run has.

.PHONY: search
search: $(OUT)/bin/mkenv $(OUT)/bin/train $(OUT)/bin/eval $(IDX) ## SEARCH=NAME JOBS=2: run a search of scripts/searches.toml
	$(PYTHON) scripts/search.py run $(SEARCH) --jobs $(or $(JOBS),1)
	@$(PYTHON) scripts/search.py select $(SEARCH)

# Chains mkenv, train, eval and report into the paper's tables and figures. `make help` lists what it
# can make.
#
# What is run stands in scripts/experiments/: runs.csv, environments.csv and figures.csv. The program
# plan turns these tables into one pattern rule a row, in out/rules.mk, which this file includes. make
# calls plan again when a table has changed. Everything that is made lies under out/:
#
#     out/{mnist,fashion}/                               the digits, from which environments are made
#     out/environments/KIND/seed-S/*.safetensors         made by mkenv
#     out/checkpoints/EXPERIMENT/ROW/seed-S.safetensors  made by train, with the training log beside it
#     out/scores/EXPERIMENT/ROW/seed-S.csv               made by eval
#     out/scores/EXPERIMENT.csv                          all of an experiment in one file
#     out/tables/EXPERIMENT.{txt,md,tex,csv}             made by report
#     out/figures/NAME.{svg,png}                         made by report
#     out/sheets/KIND.png                                made by inspect: pictures of the environments
#     out/results.{md,html}                              made by report: the page of all tables and figures
#     out/times.csv, out/run.json                        what it took
#     out/rules.mk, out/flags/                           made by plan: the rules, and what each file is made with
#
# `make -n` does build the programs and the rules, so what it then shows is what would be run.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: help demo reproduce status data clean install programs seed-by-seed runs page FORCE

# ---- Settings

# Number of seeds, and the first; a seed makes a run's environments and its initial weights.
SEEDS ?= 10
FIRST_SEED ?= 0
# The digits whose experiments are meant: mnist, or fashion for Fashion-MNIST.
DATA ?= mnist
# Some of the experiments and some of their rows; all of DATA where empty.
TABLES ?=
ROWS ?=
# A folder as make results leaves it, whose rows are added to those of SEEDS.
WITH ?=
# Of make runs: I/N, the I-th of N parts, for machines that share nothing. make merge FROM="FOLDER …" brings them together.
SHARD ?=
FROM ?=
# MIX_PRECISIONS=1 puts seeds that were trained in several precisions into one row.
MIX_PRECISIONS ?=
# Where train runs: cpu, or cuda or cuda:N with programs built by `make BUILD_FLAGS="--features train/cuda" …`.
DEVICE ?= cpu
BUILD_FLAGS ?=
# Where make install puts the programs, their man pages and completions. DESTDIR is put before it, for packagers.
PREFIX ?= /usr/local
DESTDIR ?=
# V=1 shows each command whole.
V ?=
PYTHON ?= python3

OUT := out
# A folder of folders: one for each DATA.
DIGITS := $(OUT)
# $(1): DATA. What most environments are made from.
idx = $(foreach file,images-idx3 labels-idx1,$(DIGITS)/$(1)/train-$(file)-ubyte)
EXPERIMENTS := scripts/experiments
REFERENCE := fixtures/reference.csv
RESULTS := fixtures/results
PROGRAMS := plan mkenv train eval report inspect
BUILT := $(or $(CARGO_TARGET_DIR),target)/release
# The experiment of make demo: it has the seed 0 alone, and no part in reproduce.
DEMO := demo
# Experiments that are none of the paper's: reproduce makes them only where TABLES names them.
ON_DEMAND := ablation-inner-steps ablation-large-alpha ablation-sgd pairs
# Report's flag that names an experiment.
in_experiment := --experiment

# As one word of a shell command.
quote = '$(subst ','\'',$(1))'

seeds := $(shell printf '%s\n' $(call quote,$(SEEDS) $(FIRST_SEED)) | \
    awk '/^[0-9]+ [0-9]+$$/ && length($$1) <= 4 && length($$2) <= 9 { while (n < $$1) print $$2 + n++ }')
ifeq ($(seeds),)
$(error SEEDS is "$(SEEDS)" and FIRST_SEED is "$(FIRST_SEED)", expected a number of seeds, of four digits at most, and the first of them, of nine, such as SEEDS=3 FIRST_SEED=0)
endif

# One thread a program where make runs several at a time; demo and reproduce run one per core unless
# they were told how many.
threads = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),--threads 1)
# train says nothing here: make has a line for each program.
on_device = --quiet $(if $(filter cpu,$(DEVICE)),$(threads),--device $(DEVICE))
# A training that was killed goes on from the state that it left, unless something that it is made of is newer. In rules of train.
state = $(@:.safetensors=.resume.safetensors)
resume = $(if $(wildcard $(state)),$(if $(shell find $^ -newer $(state)),,--resume $(state)))
cores = $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
jobs = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(cores))
again = $(MAKE) --no-print-directory

# Runs a program, followed by its stage and name. Its time goes to out/times.csv, never into what it makes.
timed = scripts/timed $(OUT)/times.csv
Q := $(if $(V),,@)

# ---- What to type

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile scripts/make/*.mk | awk -F '|' '{ printf "%-26s %s\n", $$1, $$2 }'
	@echo "  make table-TABLE         One of the tables: $$(sed 1d $(EXPERIMENTS)/runs.csv | cut -d , -f 1 | uniq | tr '\n' ' ')"
	@echo 'Settings: SEEDS=10, the number of seeds; FIRST_SEED=0; TABLES="cmnist ablation", some of the tables;'
	@echo 'ROWS="erm irmv1", some of their rows; DATA=fashion, Fashion-MNIST; WITH=fixtures/results, to add seeds'
	@echo 'to those; MNIST_DIR=FOLDER with the digits, to fetch nothing; DEVICE=cuda to train on a GPU; V=1 to see'
	@echo 'whole commands. -j works.'

demo: ## ERM and meta-IRM with one seed, end to end, and their table; a few minutes
	+@scripts/alone $(OUT) $(again) $(jobs) table-$(DEMO) $(OUT)/bin/inspect

reproduce: $(WITH:%=same-recipes) ## Every table and figure on one page, out/results.html; stopped, it goes on where it was
	+@scripts/alone $(OUT) $(PYTHON) scripts/reproduce.py --out $(OUT) --command $(call quote,$(command)) $(WITH:%=--with %) -- $(again) $(jobs) V=1 seed-by-seed

# What to type for the same once more.
command = $(strip make $(filter -j%,$(MAKEFLAGS)) reproduce SEEDS=$(SEEDS) FIRST_SEED=$(FIRST_SEED) $(if $(filter-out mnist,$(DATA)),DATA=$(DATA)) $(foreach v,TABLES ROWS WITH MIX_PRECISIONS,$(if $($(v)),$(v)="$($(v))")) $(if $(filter-out cpu,$(DEVICE)),DEVICE=$(DEVICE)))

status: ## What is done of make reproduce and what is left, table by table
	+@$(PYTHON) scripts/status.py --out $(OUT) --experiments $(EXPERIMENTS) --data "$(DATA)" --aside "$(DEMO) $(ON_DEMAND)" --results $(RESULTS) --seeds $(seeds) --tables "$(TABLES)" --rows "$(ROWS)" --jobs $(or $(patsubst -j%,%,$(filter -j%,$(MAKEFLAGS))),$(cores)) -- $(again) page

data: $(call idx,$(DATA)) ## Fetch the digits, verified, unless they are there

# Not plan, which is of use in this folder alone.
installed := $(filter-out plan,$(PROGRAMS))
install: $(installed:%=$(OUT)/bin/%) ## The programs, man pages and shell completions, into PREFIX=/usr/local
	@mkdir -p $(call quote,$(DESTDIR)$(PREFIX)/bin)
	@for program in $(installed); do \
	    cp $(OUT)/bin/$$program $(call quote,$(DESTDIR)$(PREFIX)/bin/) && \
	    $(OUT)/bin/$$program --install-manual $(call quote,$(DESTDIR)$(PREFIX)/share) || exit; done
	@echo $(call quote,installed $(installed) in $(DESTDIR)$(PREFIX))

clean: ## Remove all that was made but the digits and cargo's files
	rm -rf $(filter-out $(patsubst %/train-images-idx3-ubyte,%,$(wildcard $(OUT)/*/train-images-idx3-ubyte)),$(wildcard $(OUT)/*))

# ---- Digits. Their sums are verified, so nothing that they could depend on matters. The first file
# brings the others; -j must not fetch them twice.

$(DIGITS)/%/train-images-idx3-ubyte:
	scripts/fetch $* $(@D)

$(foreach file,train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte,$(eval \
    $(DIGITS)/%/$(file): | $(DIGITS)/%/train-images-idx3-ubyte ; @scripts/fetch $$* $$(@D)))

# ---- Programs: copies that change only with the programs' bytes, so that a rebuild which changes
# nothing leaves the results standing. The + runs these lines under -n too.

programs:
	+@scripts/build $(OUT)/bin $(BUILD_FLAGS)

$(PROGRAMS:%=$(OUT)/bin/%): programs
	+@cmp -s $(call quote,$(BUILT)/$(@F)) $@ || scripts/put -x $@ cat $(call quote,$(BUILT)/$(@F))

# ---- Rules of environments, checkpoints and scores: out/rules.mk. Targets that need none of them do
# not wait for the programs either.

NO_RULES := help demo reproduce status data install test check fmt clippy deny advisories clean trust trust-kernels fuzz check-page check-python check-slurm check-cuda build-cuda
ifneq ($(WITH)$(filter-out $(NO_RULES),$(or $(MAKECMDGOALS),help)),)

# $(1): experiment. The rows asked for, and their scores; the demo has one seed.
rows = $(if $(ROWS),$(filter $(ROWS),$(rows/$(1))),$(rows/$(1)))
scores = $(foreach row,$(call rows,$(1)),$(call scores_of,$(1)/$(row)))
# $(1): EXPERIMENT/ROW.
scores_of = $(patsubst %,$(OUT)/scores/$(1)/seed-%.csv,$(if $(filter $(DEMO)/%,$(1)),0,$(seeds)))

# The experiments asked for that have some of the rows asked for. Where TABLES says none, those on the digits DATA.
on_data = $(foreach experiment,$(filter-out $(DEMO) $(ON_DEMAND),$(experiments)),$(if $(filter $(DATA),$(digits_of/$(experiment))),$(experiment)))
asked_experiments = $(foreach experiment,$(or $(TABLES),$(on_data)),$(if $(call rows,$(experiment)),$(experiment)))
asked_runs = $(foreach experiment,$(asked_experiments),$(addprefix $(experiment)/,$(call rows,$(experiment))))

# $(1): what was asked for, without commas. The file changes only with it: what depends on the file is then made again.
remember = mkdir -p $(@D) && { printf '%s\n' $(call quote,$(1)) | cmp -s - $@ || scripts/put $@ printf '%s\n' $(call quote,$(1)); }

include scripts/make/page.mk
include scripts/make/shards.mk
# Files that are dated in the future look newer than all that they are made from. They are made again.
$(shell scripts/date-back $(OUT) >&2)
# make 3.81 complains of an included file that is still to be made: an empty one, older than all, stands in for it. An empty
# file may also be new: a make that was killed had not yet given it its date.
$(shell [ -s $(OUT)/rules.mk ] || { mkdir -p $(OUT) && touch -t 197001020000 $(OUT)/rules.mk; })
include $(OUT)/rules.mk

$(OUT)/rules.mk: $(OUT)/bin/plan $(wildcard $(EXPERIMENTS)/*.csv)
	@$(OUT)/bin/plan rules --experiments $(EXPERIMENTS) --flags $(OUT)/flags -o $@

# make reads all this once more when it has made the rules.
ifneq ($(experiments),)
# Older rules than tables are about to be made again, and may not know all names yet.
ifeq ($(shell find $(wildcard $(EXPERIMENTS)/*.csv) -newer $(OUT)/rules.mk),)
known_rows := $(sort $(foreach experiment,$(experiments),$(rows/$(experiment))))
ifneq ($(filter-out $(experiments),$(TABLES)),)
$(error TABLES names $(filter-out $(experiments),$(TABLES)), expected some of: $(experiments))
endif
ifeq ($(on_data),)
$(error DATA is "$(DATA)", expected one of: $(sort $(foreach experiment,$(experiments),$(digits_of/$(experiment)))))
endif
ifneq ($(filter-out $(known_rows),$(ROWS)),)
$(error ROWS names $(filter-out $(known_rows),$(ROWS)), expected some of: $(known_rows))
endif
endif

include scripts/make/tables.mk

# ---- Everything. make starts whatever it can, and a run's scores last: so that an end before the end
# leaves whole seeds behind, it is asked for one seed at a time, and in it for the longest runs first.

seed-by-seed:
	+@for seed in $(seeds); do $(again) runs SEEDS=1 FIRST_SEED=$$seed || exit; done
	+@$(again) page

runs: $(if $(shard),$(call in_shard,$(runs_in_order)),$(foreach run,$(runs_in_order),$(call scores_of,$(run))))

page: $(OUT)/results.md $(OUT)/results.html

page_files = $(OUT)/bin/report $(OUT)/flags/page $(REFERENCE) $(wildcard $(EXPERIMENTS)/notes/*.md) $(foreach format,svg png,$(drawn:%=$(OUT)/figures/%.$(format))) $(asked_experiments:%=$(OUT)/scores/%.csv)

$(OUT)/results.md: $(page_files) | $(WITH:%=same-recipes)
	@$(foreach name,$(filter-out $(drawn),$(asked_figures)),echo 'make: the figure $(name) is left out: the rows asked for leave nothing to draw in it' >&2;)
	$(Q)$(timed) report results.md $(OUT)/bin/report page $(call page_flags,$(asked_experiments),$(drawn)) -o $@ $(asked_experiments:%=$(OUT)/scores/%.csv)

# The record of the times is written after the runs: make reproduce then makes this page once more.
$(OUT)/results.html: $(page_files) $(wildcard $(CLAIMS) $(ABOUT) $(OUT)/run.json) $(OUT)/flags/recipes.csv $(asked_kinds:%=$(SHEETS)/%.png) | $(WITH:%=same-recipes)
	$(Q)$(timed) report results.html $(OUT)/bin/report page $(call html_flags,$(asked_experiments),$(drawn),$(OUT)/flags/recipes.csv,$(OUT)/run.json,$(SHEETS),$(asked_kinds),$(OUT)/checkpoints) -o $@ $(asked_experiments:%=$(OUT)/scores/%.csv)

endif
endif

include $(foreach concern,results picture checks trust bench cuda search,scripts/make/$(concern).mk)

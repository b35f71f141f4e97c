# Chains mkenv, train, eval and report into the paper's tables and figures. `make help` lists what it
# can make.
#
# What is run stands in scripts/experiments.mk. Everything that is made lies under out/:
#
#     out/mnist/                                    the digits
#     out/environments/KIND/seed-S/*.safetensors    made by mkenv
#     out/checkpoints/TABLE/ROW/seed-S.safetensors  made by train, with the training log beside it
#     out/scores/TABLE/ROW/seed-S.csv               made by eval
#     out/scores/TABLE.csv                          all of a table in one file
#     out/tables/TABLE.{txt,md,tex,csv}             made by report
#     out/figures/NAME.{svg,png}                    made by report
#     out/results.md                                made by report: the page of all tables and figures
#     out/times.csv, out/run.json                   what it took
#
# `make -n` does build the programs and compare the flags, so what it then shows is what would be run.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: help data demo reproduce seed-by-seed runs page same-recipes results rendered rerender check-results check-rendering check-training
.PHONY: test check check-cuda check-pytorch bench fmt clippy clean programs FORCE

# Number of seeds, and the first; a seed makes a run's environments and its initial weights.
SEEDS ?= 10
FIRST_SEED ?= 0
# p_e of the training environments.
TRAIN_P_E := 0.2 0.1

OUT := out
DIGITS := $(OUT)/mnist
IDX := $(DIGITS)/train-images-idx3-ubyte $(DIGITS)/train-labels-idx1-ubyte
PROGRAMS := mkenv train eval report
BUILT := $(or $(CARGO_TARGET_DIR),target)/release
REFERENCE := fixtures/reference.csv
RESULTS := fixtures/results
# A folder as make results leaves it, whose rows are added to those of SEEDS.
WITH ?=
PYTHON ?= python3

# As one word of a shell command.
quote = '$(subst ','\'',$(1))'
comma := ,

seeds := $(shell printf '%s\n' $(call quote,$(SEEDS) $(FIRST_SEED)) | \
    awk '/^[0-9]+ [0-9]+$$/ && length($$1) <= 4 && length($$2) <= 9 { while (n < $$1) print $$2 + n++ }')
ifeq ($(seeds),)
$(error SEEDS is "$(SEEDS)" and FIRST_SEED is "$(FIRST_SEED)", expected a number of seeds, of four digits at most, and the first of them, of nine, such as SEEDS=3 FIRST_SEED=0)
endif

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo '  make table-TABLE   One of the tables: $(tables)'
	@echo 'Settings: SEEDS=10, the number of seeds; FIRST_SEED=0; TABLES="cmnist ablation", some of the tables;'
	@echo 'ROWS="erm irmv1", some of their rows; WITH=fixtures/results, to add seeds to those; MNIST_DIR=FOLDER'
	@echo 'with the digits, to fetch nothing. -j works.'

data: $(IDX) ## Fetch MNIST, verified, unless it is there

demo: ## ERM and meta-IRM with one seed on a quarter of the digits, end to end, and their table
	@$(MAKE) --no-print-directory table-demo SEEDS=1 FIRST_SEED=0

reproduce: $(WITH:%=same-recipes) ## Every table and figure on one page, out/results.md; stopped, it goes on where it was
	@$(PYTHON) scripts/reproduce.py --out $(OUT) --command $(call quote,$(command)) $(WITH:%=--with %) -- $(MAKE) --no-print-directory $(jobs) seed-by-seed

test: ## All tests; they need no network
	cargo test --release --workspace

check: fmt clippy test ## Formatting, lints and tests

fmt:
	cargo fmt --check

clippy:
	cargo clippy --workspace --all-targets -- -D warnings

check-cuda: ## Compare CUDA with the reference; needs an NVIDIA GPU and nvcc
	cargo test --release -p objective --features cuda cuda

clean: ## Remove all that was made but the digits and cargo's files
	rm -rf $(filter-out $(OUT)/mnist,$(wildcard $(OUT)/*))

# ---- Digits. Their sums are verified, so nothing that they could depend on matters. The first file
# brings the second; -j must not fetch them twice.

$(IDX):
	scripts/fetch-mnist $(@D)

$(word 2,$(IDX)): | $(word 1,$(IDX))

# ---- Programs: copies that change only with the programs' bytes, so that a rebuild which changes
# nothing leaves the results standing. The + runs these lines under -n too.

programs:
	+@cargo build --release --quiet --bins

$(PROGRAMS:%=$(OUT)/bin/%): programs
	+@mkdir -p $(@D)
	+@cmp -s $(call quote,$(BUILT)/$(@F)) $@ || cp $(call quote,$(BUILT)/$(@F)) $@

# ---- Flags: files that change only with the flags, so that a changed line in
# scripts/experiments.mk remakes what depends on it and nothing else.

# $(1): what is made. Its flags, and which inputs it has: another one may be there already, and be older.
settings = $(strip $(kind/$(1)) $(flags/$(1)))

$(OUT)/flags/%: FORCE
	+@mkdir -p $(@D)
	+@printf '%s\n' $(call quote,$(call settings,$*)) | cmp -s - $@ || printf '%s\n' $(call quote,$(call settings,$*)) >$@

# ---- Jobs. One thread a program where make runs several at a time; reproduce runs one per core
# unless it was told how many.

threads = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),--threads 1)
cores = $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
jobs = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(cores))
# What to type for the same once more.
command = $(strip make $(filter -j%,$(MAKEFLAGS)) reproduce SEEDS=$(SEEDS) FIRST_SEED=$(FIRST_SEED) $(foreach v,TABLES ROWS WITH,$(if $($(v)),$(v)="$($(v))")))

# Each program's time goes to out/times.csv, never into what it makes. Followed by stage and name.
timed = scripts/timed $(OUT)/times.csv

# ---- Rules. The stem % is a seed.

mkenv = $(OUT)/bin/mkenv --images $(word 1,$(IDX)) --labels $(word 2,$(IDX))

# $(1): kind of environments, $(2): test-0.9 or the like, $(3): flags.
define MKENV
flags/mkenv/$(1)/$(2) := $(3) $(flags/environments/$(1))
$(OUT)/environments/$(1)/seed-%/$(2).safetensors: $(OUT)/bin/mkenv $(OUT)/flags/mkenv/$(1)/$(2) $(IDX)
	@mkdir -p $$(@D)
	$(timed) mkenv $(1)/$(2)/seed-$$* $(mkenv) $$(flags/mkenv/$(1)/$(2)) --seed $$* -o $$@
endef

# $(1): kind of environments, $(2): part I of the training digits.
train_part = $(call MKENV,$(1),train-$(2),--split train --part $(2)/$(words $(TRAIN_P_E)) --p-e $(word $(2),$(TRAIN_P_E)))

# $(1): kind of environments, $(2): p_e.
test_digits = $(call MKENV,$(1),test-$(2),--split test --p-e $(2))

PARTS := $(wordlist 1,$(words $(TRAIN_P_E)),1 2 3 4 5 6 7 8 9)

# $(1): kind of environments.
train_files = $(PARTS:%=$(OUT)/environments/$(1)/seed-$$*/train-%.safetensors)
test_files = $(test_p_e/$(1):%=$(OUT)/environments/$(test_kind/$(1))/seed-$$*/test-%.safetensors)
seeded = $(subst $$*,%,$(1))

# $(1): table, $(2): row, $(3): kind of environments. A row that was trained as an earlier one was has no rule of its own.
define TRAIN
$(OUT)/checkpoints/$(1)/$(2)/seed-%.safetensors: $(OUT)/bin/train $(OUT)/flags/$(1)/$(2) $(call seeded,$(call train_files,$(3)))
	@mkdir -p $$(@D)
	$(timed) train $(1)/$(2)/seed-$$* $(OUT)/bin/train $(flags/$(1)/$(2)) --experiment $(1) --seed $$* $$(threads) --log $$(@:.safetensors=.csv) -o $$@ $(call train_files,$(3))
endef

# $(1): table, $(2): row, $(3): kind of environments, $(4): TABLE/ROW whose checkpoints it takes.
define RUN
$(if $(filter $(1)/$(2),$(4)),$(call TRAIN,$(1),$(2),$(3)))

flags/eval/$(1)/$(2) := $(call seeded,$(4) $(call train_files,$(3)) $(call test_files,$(3)))
$(OUT)/scores/$(1)/$(2)/seed-%.csv: $(OUT)/bin/eval $(OUT)/flags/eval/$(1)/$(2) $(OUT)/checkpoints/$(4)/seed-%.safetensors $(call seeded,$(call train_files,$(3)) $(call test_files,$(3)))
	@mkdir -p $$(@D)
	$(timed) eval $(1)/$(2)/seed-$$* $(OUT)/bin/eval --experiment $(1) $$(threads) -o $$@ $(OUT)/checkpoints/$(4)/seed-$$*.safetensors --env $(call train_files,$(3)) $(call test_files,$(3))
endef

# $(1): table. Those asked for.
rows = $(if $(ROWS),$(filter $(ROWS),$(rows/$(1))),$(rows/$(1)))
scores = $(foreach row,$(call rows,$(1)),$(call scores_of,$(1)/$(row)))
# $(1): TABLE/ROW.
scores_of = $(seeds:%=$(OUT)/scores/$(1)/seed-%.csv)

# $(1): table.
compared = $(if $(filter $(aside),$(1)),,--reference $(REFERENCE))

# $(1): table, $(2): file name extension, $(3): format.
define RENDER
$(OUT)/tables/$(1).$(2): $(OUT)/bin/report $(REFERENCE) $(OUT)/scores/$(1).csv
	@mkdir -p $$(@D)
	@$(timed) report tables/$(1).$(2) $(OUT)/bin/report table --experiment $(1) $(call compared,$(1)) --format $(3) -o $$@ $(OUT)/scores/$(1).csv
endef

define TABLE
.PHONY: table-$(1)
table-$(1): $(OUT)/tables/$(1).txt $(OUT)/tables/$(1).md $(OUT)/tables/$(1).tex $(OUT)/tables/$(1).csv
	@cat $$<
flags/scores/$(1) := $(call rows,$(1)), seeds $(seeds)$(WITH:%=, with %)
$(OUT)/scores/$(1).csv: $(OUT)/flags/scores/$(1) $(WITH:%=%/$(1).csv) $(call scores,$(1))
	@awk 'FNR > 1 || NR == 1' $$(or $$(filter %.csv,$$^),$$(error ROWS names no row of the table $(1))) >$$@.unfinished
	@mv $$@.unfinished $$@
$(call RENDER,$(1),txt,text)

$(call RENDER,$(1),md,markdown)

$(call RENDER,$(1),tex,latex)

$(call RENDER,$(1),csv,csv)
endef

# ---- Figures and the page. Each command takes its inputs as arguments, for `make check-rendering`
# gives it the committed rows in the place of those under out/.

# $(1): figure, $(2): files of scores or logs. Followed by -o.
draw = $(OUT)/bin/report figure $(figure_kind/$(1)) $(if $(row_of/$(1)),--title $(row_of/$(1)),$(tables_of/$(1):%=--experiment %) --reference $(REFERENCE)) $(2)

# $(1): figure. The seeds whose logs it is drawn from: none where ROWS leaves its row out.
logged_seeds = $(if $(filter $(notdir $(row_of/$(1))),$(call rows,$(patsubst %/,%,$(dir $(row_of/$(1)))))),$(seeds))

# $(1): figure. What it is drawn from, and what it waits for: a log is written before its run's scores.
figure_inputs = $(or $(tables_of/$(1):%=$(OUT)/scores/%.csv),$(if $(WITH),$(wildcard $(WITH)/logs/$(row_of/$(1))/*.csv)) $(logged_seeds:%=$(OUT)/checkpoints/$(row_of/$(1))/seed-%.csv))
figure_needs = $(patsubst $(OUT)/checkpoints/%,$(OUT)/scores/%,$(figure_inputs))

# $(1): figure, $(2): svg or png.
define FIGURE
$(OUT)/figures/$(1).$(2): $(OUT)/bin/report $(OUT)/flags/figures/$(1) $(REFERENCE) $(call figure_needs,$(1))
	@mkdir -p $$(@D)
	@$(timed) report figures/$(1).$(2) $(call draw,$(1),$(call figure_inputs,$(1))) -o $$@
endef

# $(1): tables, $(2): figures.
page_flags = --reference $(REFERENCE) $(foreach table,$(1),$(if $(note/$(table)),--note $(call quote,$(table)=$(note/$(table))))) $(foreach name,$(2),--figure $(call quote,$(shown_under/$(name))=figures/$(name).svg=$(alt/$(name))))

# ---- The tables of scripts/experiments.mk, turned into rules.

# $(1): what follows the last argument of a line, $(2): that argument. A comma in it would end it unseen.
ended = $(if $(1),$(error scripts/experiments.mk: "$(strip $(1))" follows the last place of a line, behind "$(strip $(2))"; within a place write $$(comma)))
# $(1): what a line names, $(2): those that there are, declared above it, $(3): what they are.
known = $(if $(filter-out $(2),$(1)),$(error scripts/experiments.mk: there are no $(3) $(filter-out $(2),$(strip $(1))), expected some of:$(2)))
# $(1): table, $(2): row.
once = $(if $(filter $(2),$(rows/$(1))),$(error scripts/experiments.mk: two lines are $(1)/$(2)))
# name, flags, p_e of the test environments, environments whose test digits are taken.
define environments
$(call ended,$(5),$(4))$(eval kinds += $(strip $(1)))$(eval flags/environments/$(strip $(1)) := $(strip $(2)))$(eval test_p_e/$(strip $(1)) := $(3))$(eval test_kind/$(strip $(1)) := $(or $(strip $(4)),$(strip $(1))))
endef

# $(1), $(2): TABLE/ROW. Whether both are trained with the same flags on the same environments.
same_training = $(findstring |$(kind/$(1)) $(flags/$(1))|,|$(kind/$(2)) $(flags/$(2))|)
# $(1): TABLE/ROW. The first in any table that is trained as it is; a table that stands aside stands for itself.
trained_as = $(firstword $(if $(filter $(aside:%=%/%),$(1)),,$(foreach run,$(all_runs),$(if $(call same_training,$(run),$(1)),$(run)))) $(1))

# table, row, environments, flags.
define experiment
$(call ended,$(5),$(4))$(call known,$(3), $(kinds),environments)$(call once,$(strip $(1)),$(strip $(2)))$(eval all_runs += $(strip $(1))/$(strip $(2)))$(eval rows/$(strip $(1)) += $(strip $(2)))$(eval tables += $(filter-out $(tables),$(strip $(1))))$(eval flags/$(strip $(1))/$(strip $(2)) := $(strip $(4)))$(eval kind/$(strip $(1))/$(strip $(2)) := $(strip $(3)))
endef

# name, table that it stands under, kind with its flags, tables or TABLE/ROW, what is to be seen.
define figure
$(call ended,$(6),$(5))$(call known,$(2), $(tables),tables)$(eval figures += $(strip $(1)))$(eval shown_under/$(strip $(1)) := $(strip $(2)))$(eval figure_kind/$(strip $(1)) := $(strip $(3)))$(eval $(if $(findstring /,$(4)),row_of,tables_of)/$(strip $(1)) := $(strip $(4)))$(eval alt/$(strip $(1)) := $(strip $(5)))
endef

include scripts/experiments.mk

# The tables asked for, where they have some of the rows asked for, and the figures that need no other.
chosen := $(or $(TABLES),$(filter-out $(aside),$(tables)))
ifneq ($(filter-out $(tables),$(chosen)),)
$(error TABLES names $(filter-out $(tables),$(chosen)), expected some of: $(tables))
endif
known_rows := $(sort $(foreach table,$(tables),$(rows/$(table))))
ifneq ($(filter-out $(known_rows),$(ROWS)),)
$(error ROWS names $(filter-out $(known_rows),$(ROWS)), expected some of: $(known_rows))
endif
chosen := $(foreach table,$(chosen),$(if $(call rows,$(table)),$(table)))
drawn := $(foreach name,$(figures),$(if $(filter-out $(chosen),$(or $(tables_of/$(name)),$(firstword $(subst /, ,$(row_of/$(name)))))),,$(if $(strip $(call figure_inputs,$(name))),$(name))))

$(foreach kind,$(kinds),$(foreach part,$(PARTS),$(eval $(call train_part,$(kind),$(part)))))
$(foreach kind,$(kinds),$(if $(filter $(kind),$(test_kind/$(kind))),$(foreach p_e,$(test_p_e/$(kind)),$(eval $(call test_digits,$(kind),$(p_e))))))
$(foreach table,$(tables),$(foreach row,$(rows/$(table)),$(eval $(call RUN,$(table),$(row),$(kind/$(table)/$(row)),$(call trained_as,$(table)/$(row))))))
$(foreach table,$(tables),$(eval $(call TABLE,$(table))))
$(foreach name,$(figures),$(eval flags/figures/$(name) := $(call draw,$(name),$(call figure_inputs,$(name)))))
$(foreach name,$(figures),$(foreach format,svg png,$(eval $(call FIGURE,$(name),$(format)))))

# make starts whatever it can, and a run's scores last: so that an end before the end leaves whole
# seeds behind, it is asked for one seed at a time.
define SEED
+@$(MAKE) --no-print-directory runs SEEDS=1 FIRST_SEED=$(1)

endef

seed-by-seed:
	$(foreach seed,$(seeds),$(call SEED,$(seed)))
	@$(MAKE) --no-print-directory page

# $(1): TABLE/ROW of each. The longest first, by its steps times its units, lest a core stand idle while a last long one ends.
longest_first = $(shell printf '%s\n' $(foreach run,$(1),$(call quote,$(run) $(flags/$(run)))) | awk '{ steps = units = 1; \
    for (i = 2; i < NF; i++) { if ($$i == "--steps") steps = $$(i + 1); if ($$i == "--hidden") units = $$(i + 1) } \
    print steps * units, $$1 }' | sort -s -rn -k 1,1 | cut -d ' ' -f 2)

runs: $(foreach run,$(call longest_first,$(foreach table,$(chosen),$(addprefix $(table)/,$(call rows,$(table))))),$(call scores_of,$(run)))

flags/page := $(call page_flags,$(chosen),$(drawn)) $(chosen)

page: $(OUT)/results.md

$(OUT)/results.md: $(OUT)/bin/report $(OUT)/flags/page $(REFERENCE) $(foreach format,svg png,$(drawn:%=$(OUT)/figures/%.$(format))) $(chosen:%=$(OUT)/scores/%.csv) | $(WITH:%=same-recipes)
	@$(timed) report results.md $(OUT)/bin/report page $(call page_flags,$(chosen),$(drawn)) -o $@ $(chosen:%=$(OUT)/scores/%.csv)

# ---- Results in the repository: the rows, what they were made with, and what is rendered from them.

# Logs of the figures that are drawn from logs.
logs := $(foreach name,$(drawn),$(patsubst %,$(row_of/$(name))/seed-%.csv,$(call logged_seeds,$(name))))

# One line per row of $(1), the tables: what its runs are made with. Of all rows, for ROWS may add seeds to some.
recipes = $(foreach table,$(1),$(foreach row,$(rows/$(table)),$(call quote,$(table)/$(row)$(comma)$(flags/environments/$(kind/$(table)/$(row)))$(comma)$(flags/$(table)/$(row)))))
print_recipes = printf '%s\n' run,mkenv,train $(call recipes,$(1))
# $(1): folder of results, $(2): tables. The lines of those tables, or of all others.
recipes_of = awk -F / 'NR > 1 && " $(2) " ~ (" " $$1 " ")' $(1)/recipes.csv
recipes_not_of = awk -F / 'NR > 1 && " $(2) " !~ (" " $$1 " ")' $(1)/recipes.csv
# A row that the folder has not is new, and changes nothing there.
same_recipes = mkdir -p $(OUT) && $(call recipes_of,$(1),$(2)) | sort >$(OUT)/recipes.csv && \
    $(call print_recipes,$(2)) | awk -F , 'NR == FNR { there[$$1]; next } $$1 in there' $(OUT)/recipes.csv - | sort | diff $(OUT)/recipes.csv - || \
    { echo 'make: the runs in $(1) were made with other flags (<) than scripts/experiments.mk has (>)' >&2; exit 1; }

# $(1): table. Ends with an error where WITH has a run that is asked for, of which report would find two scores.
others_than_with = awk -F '.*checkpoints/|/seed-|[.]safetensors' 'index(" $(sort $(foreach row,$(call rows,$(1)),$(call trained_as,$(1)/$(row)))) ", " " $$2 " ") && \
    $$3 >= $(firstword $(seeds)) && $$3 <= $(lastword $(seeds)) { print "make: $(WITH)/$(1).csv has seed " $$3 " of " $$2 " already; add others, by another FIRST_SEED"; exit 1 }' $(WITH)/$(1).csv

same-recipes:
	@[ -e $(WITH)/recipes.csv ] || { echo 'make: there is no $(WITH)/recipes.csv; WITH wants a folder as make results leaves it' >&2; exit 1; }
	@$(call same_recipes,$(WITH),$(chosen))
	@{ $(foreach table,$(chosen),$(call others_than_with,$(table)) &&) :; } >&2

$(OUT)/run.json:
	@echo 'make: there is no $@, the record of what the runs took; make reproduce writes it' >&2; exit 1

# Rows of tables that were not chosen stay as they are; the page and the figures are of all of them.
results: $(WITH:%=same-recipes) $(OUT)/results.md $(OUT)/run.json ## Copy what reproduce made to fixtures/results, and render the page of all that is there
	@rm -rf $(if $(WITH),,$(chosen:%=$(RESULTS)/logs/%))
	@mkdir -p $(RESULTS) $(sort $(dir $(logs:%=$(RESULTS)/logs/%)))
	cp $(OUT)/run.json $(chosen:%=$(OUT)/scores/%.csv) $(RESULTS)
	@$(foreach log,$(logs),cp $(OUT)/checkpoints/$(log) $(RESULTS)/logs/$(log) &&) :
	@touch $(RESULTS)/recipes.csv
	@{ $(call print_recipes,$(chosen)); $(call recipes_not_of,$(RESULTS),$(chosen)); } >$(OUT)/recipes.csv
	@mv $(OUT)/recipes.csv $(RESULTS)/recipes.csv
	@$(MAKE) --no-print-directory rerender

# ---- Checks of those results: all that is rendered from the committed rows, and some runs again.

# Short ones: in the 501 steps of cmnist/erm, bf16 and f32 part by more than a point at p_e 0.9. And one that is f32 anywhere.
CHECKED_RUNS ?= two-spurious/v-rex/seed-0 multiclass/k5-erm-grayscale/seed-0 cmnist/erm-grayscale/seed-3 cmnist/meta-irm/seed-0
committed := $(filter $(patsubst $(RESULTS)/%.csv,%,$(wildcard $(RESULTS)/*.csv)),$(tables))
# $(1): figure. Its rows or logs, where all are committed.
committed_inputs = $(if $(filter-out $(committed),$(tables_of/$(1))),,$(or $(tables_of/$(1):%=$(RESULTS)/%.csv),$(wildcard $(RESULTS)/logs/$(row_of/$(1))/*.csv)))
committed_figures := $(foreach name,$(figures),$(if $(call committed_inputs,$(name)),$(name)))

rendered: $(OUT)/bin/report
	@rm -rf $(OUT)/check/rendered
	@mkdir -p $(OUT)/check/rendered/figures
	@$(foreach name,$(committed_figures),$(call draw,$(name),$(call committed_inputs,$(name))) -o $(OUT)/check/rendered/figures/$(name).svg &&) :
	@$(OUT)/bin/report page $(call page_flags,$(committed),$(committed_figures)) -o $(OUT)/check/rendered/results.md $(committed:%=$(RESULTS)/%.csv)

rerender: rendered ## Render fixtures/results again from its rows, where report draws otherwise than it did
	rm -rf $(RESULTS)/figures
	cp -R $(OUT)/check/rendered/. $(RESULTS)

check-results: check-rendering check-training ## Hold fixtures/results against its own rows, and its rows against new runs

check-rendering: rendered
	diff $(RESULTS)/results.md $(OUT)/check/rendered/results.md
	diff -rq $(RESULTS)/figures $(OUT)/check/rendered/figures

check-training: $(RESULTS)/recipes.csv $(RESULTS)/run.json $(IDX)
	@# Ends here, and not after minutes of training, where there is no Python.
	@$(PYTHON) scripts/compare-scores.py --help >/dev/null
	@rm -rf $(OUT)/check/trained
	@$(call same_recipes,$(RESULTS),$(committed))
	@$(MAKE) --no-print-directory OUT=$(OUT)/check/trained DIGITS=$(DIGITS) $(CHECKED_RUNS:%=$(OUT)/check/trained/scores/%.csv)
	@$(PYTHON) scripts/compare-scores.py --results $(RESULTS) $(CHECKED_RUNS:%=$(OUT)/check/trained/scores/%.csv)

# ---- PyTorch, as an oracle. Its virtual environment is made once; torch from PyPI is some 5 GB.

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
	@[ -n '$(SEARCH)' ] || { echo 'make: name a search of scripts/searches.toml, as in make search SEARCH=cmnist-meta-irm' >&2; exit 1; }
	$(PYTHON) scripts/search.py run $(SEARCH) --jobs $(or $(JOBS),1)
	@$(PYTHON) scripts/search.py select $(SEARCH)

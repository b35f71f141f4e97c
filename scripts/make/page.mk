# The figures, and the page of all tables and figures.
#
# A figure is drawn from the runs that are there, and left out where they leave nothing to draw. Each function takes those
# runs and files as arguments, for make check-rendering gives it the committed ones in the place of those under out/.

# What the paper says in words.
CLAIMS := $(EXPERIMENTS)/claims.csv

# EXPERIMENT/ROW of all rows that the tables show: those asked for, and those of WITH.
with_runs := $(if $(WITH),$(shell sed 1d $(WITH)/recipes.csv 2>/dev/null | cut -d , -f 1))
shown_runs = $(asked_runs) $(filter $(asked_experiments:%=%/%),$(with_runs))

# $(1): figure, $(2): runs that are there. Not empty where there is something to draw. Records of searches are always there.
something_of = $(strip $(records_of/$(1)) $(foreach runs,$(drawable/$(1)),$(if $(filter-out $(2),$(subst +, ,$(runs))),,$(runs))))
# Those of its experiments that have runs.
experiments_in = $(foreach experiment,$(experiments_of/$(1)),$(if $(filter $(experiment)/%,$(2)),$(experiment)))
leave_out = $(foreach row,$(left_out_of/$(1)),$(if $(filter $(experiments_of/$(1))/$(row),$(2)),--leave-out $(row)))
# $(3): files of scores, logs or records. Followed by -o.
what = $(if $(claims_of/$(1)),--claims $(claims_of/$(1)),$(call leave_out,$(1),$(2)) $(patsubst %,$(in_experiment) %,$(call experiments_in,$(1),$(2)))) --reference $(REFERENCE)
draw = $(OUT)/bin/report figure $(kind_of/$(1)) $(if $(title_of/$(1)),--title $(call quote,$(title_of/$(1)))) $(or $(panels_of/$(1)),$(if $(run_of/$(1)),,$(call what,$(1),$(2)))) $(3)

# $(1): figure. The files that it is drawn from, and those that it waits for: a log is written before its run's scores.
logs_of = $(if $(WITH),$(wildcard $(WITH)/logs/$(log_of/$(1))/*.csv)) $(if $(filter $(run_of/$(1)),$(asked_runs)),$(seeds:%=$(OUT)/checkpoints/$(log_of/$(1))/seed-%.csv))
inputs = $(strip $(or $(records_of/$(1)),$(if $(run_of/$(1)),$(call logs_of,$(1)),$(patsubst %,$(OUT)/scores/%.csv,$(call experiments_in,$(1),$(shown_runs))))))
waits_for = $(patsubst $(OUT)/checkpoints/%,$(OUT)/scores/%,$(call inputs,$(1)))

# The figures of the tables asked for.
asked_figures = $(foreach name,$(figures),$(if $(filter $(shown_under/$(name)),$(asked_experiments)),$(name)))
drawn = $(foreach name,$(asked_figures),$(if $(call inputs,$(name)),$(if $(call something_of,$(name),$(shown_runs)),$(name))))

$(OUT)/flags/figures/%: FORCE
	+@$(call remember,$(call draw,$*,$(shown_runs),$(call inputs,$*)))

$(OUT)/figures/%.svg: $(OUT)/bin/report $(REFERENCE)
	@mkdir -p $(@D)
	$(Q)$(timed) report figures/$(@F) $(call draw,$*,$(shown_runs),$(call inputs,$*)) -o $@

$(OUT)/figures/%.png: $(OUT)/bin/report $(REFERENCE)
	@mkdir -p $(@D)
	$(Q)$(timed) report figures/$(@F) $(call draw,$*,$(shown_runs),$(call inputs,$*)) -o $@

# ---- Pictures of the environments, one for each kind that the rows asked for are trained on.

SHEETS := $(OUT)/sheets
asked_kinds = $(filter $(foreach experiment,$(asked_experiments),$(kinds_of/$(experiment))),$(kinds))
# $(1): kind, $(2): OUT. Its environments of the first seed.
pictured = $(patsubst %,$(2)/%,$(subst seed-%,seed-$(firstword $(seeds)),$(pictured/$(1))))
flags_of_pictured = $(patsubst environments/%.safetensors,$(OUT)/flags/mkenv/%,$(subst /seed-%,,$(pictured/$(1))))
lacking = $(filter-out $(wildcard $(call pictured,$(1),$(OUT))),$(call pictured,$(1),$(OUT)))

# Environments that are not there, because they were deleted or another machine made the runs, are made aside: newer ones under
# OUT would have all that is trained on them trained again.
define sheet_of
$(SHEETS)/$(1).png: $(OUT)/bin/inspect $(call flags_of_pictured,$(1))
	@mkdir -p $$(@D)
	$$(if $$(call lacking,$(1)),@$$(again) OUT=$(SHEETS)/made/$(1) DIGITS=$(DIGITS) $(call pictured,$(1),$(SHEETS)/made/$(1)) >/dev/null)
	$$(Q)$$(timed) inspect sheets/$(1) $(OUT)/bin/inspect --sheet $$@ $$(call pictured,$(1),$$(if $$(call lacking,$(1)),$(SHEETS)/made/$(1),$(OUT)))
	@rm -rf $(SHEETS)/made/$(1)

endef

# ---- The page, as Markdown and as HTML.

ABOUT := $(EXPERIMENTS)/about.md
# In a function make 3.81 takes the sign itself for the beginning of a comment.
hash := \#
# $(1): tables, $(2): command that shows a note. Without its notebook the note ends at that heading.
notes = $(foreach table,$(1),$(if $(wildcard $(EXPERIMENTS)/notes/$(table).md),--note $(table)="$$($(2) $(EXPERIMENTS)/notes/$(table).md)"))
without_notebook = sed '/^$(hash)$(hash) Notebook/,$$d'
# $(1): figures, $(2): where the figure of the claims stands; empty for under its table.
shown = $(foreach name,$(1),--figure $(call quote,$(or $(if $(claims_of/$(name)),$(2)),$(shown_under/$(name)))=figures/$(name).svg=$(alt_of/$(name))))
# $(1): tables, $(2): figures.
page_flags = --reference $(REFERENCE) $(call notes,$(1),$(without_notebook)) $(call shown,$(2))
# The same, and $(3): recipes, $(4): record of the times, $(5): folder of sheets, $(6): kinds of environments, $(7): folder of logs.
html_flags = --format html --reference $(REFERENCE) $(addprefix --claims ,$(wildcard $(CLAIMS))) $(addprefix --about ,$(wildcard $(ABOUT))) \
    $(addprefix --recipes ,$(3)) $(addprefix --record ,$(wildcard $(4))) $(addprefix --logs ,$(wildcard $(7))) $(call notes,$(1),cat) $(call shown,$(2),claims) \
    $(foreach kind,$(6),--sheet $(call quote,$(kind)=$(5)/$(kind).png=$(sheet_alt/$(kind))))

# The flags that the tables asked for are made with.
$(OUT)/flags/recipes.csv: $(OUT)/bin/plan $(OUT)/flags/page $(wildcard $(EXPERIMENTS)/*.csv)
	@scripts/put $@ $(OUT)/bin/plan recipes --experiments $(EXPERIMENTS) $(asked_experiments)

$(OUT)/flags/page: FORCE
	+@$(call remember,$(call page_flags,$(asked_experiments),$(drawn)) $(asked_experiments))

# ---- Claims: what the paper says in words, judged on the rows under out/, or on the committed ones where there are none.

.PHONY: claims

claim_scores = $(or $(wildcard $(experiments:%=$(OUT)/scores/%.csv)),$(wildcard $(experiments:%=$(RESULTS)/%.csv)))

claims: $(OUT)/bin/report $(CLAIMS) $(REFERENCE) ## The verdict on each claim of the paper, from the rows under out, else from the committed ones
	@$(OUT)/bin/report claims --claims $(CLAIMS) --reference $(REFERENCE) $(claim_scores)

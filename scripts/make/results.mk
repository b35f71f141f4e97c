# Results in the repository: the rows, what they were made with, and what is rendered from them.

.PHONY: results same-recipes

# The flags that WITH was made with must be those of the tables, its seeds others, and its precisions the same, before rows are mixed.
same-recipes: $(OUT)/bin/plan
	@$(OUT)/bin/plan check-recipes --experiments $(EXPERIMENTS) --results $(WITH) --runs $(asked_runs) --seeds $(seeds) --scores $(OUT)/scores $(if $(MIX_PRECISIONS),,--device $(DEVICE)) -- $(asked_experiments)

$(OUT)/run.json:
	@echo 'make: there is no $@, the record of what the runs took; make reproduce writes it' >&2; exit 1

# Logs of the figures that are drawn from logs.
logs = $(patsubst $(OUT)/checkpoints/%,%,$(filter $(OUT)/checkpoints/%,$(foreach name,$(drawn),$(call inputs,$(name)))))

# Rows of tables that were not asked for stay as they are; the page and the figures are of all of them. So are the recipes:
# of all rows of a table, for ROWS may add seeds to some.
results: $(WITH:%=same-recipes) $(OUT)/results.md $(OUT)/results.html $(OUT)/run.json ## Copy what reproduce made to fixtures/results, and render the page of all that is there
	@rm -rf $(if $(WITH),,$(asked_experiments:%=$(RESULTS)/logs/%))
	@mkdir -p $(RESULTS) $(RESULTS)/sheets $(sort $(dir $(logs:%=$(RESULTS)/logs/%)))
	cp $(OUT)/run.json $(asked_experiments:%=$(OUT)/scores/%.csv) $(RESULTS)
	@$(foreach kind,$(asked_kinds),cp $(SHEETS)/$(kind).png $(RESULTS)/sheets/ &&) :
	@$(foreach log,$(logs),cp $(OUT)/checkpoints/$(log) $(RESULTS)/logs/$(log) &&) :
	@$(OUT)/bin/plan recipes --experiments $(EXPERIMENTS) $(addprefix --others-from ,$(wildcard $(RESULTS)/recipes.csv)) $(asked_experiments) >$(OUT)/recipes.csv
	@mv $(OUT)/recipes.csv $(RESULTS)/recipes.csv
	+@$(again) rerender

# The tables, in every format, and the scores that they are made from.

$(OUT)/flags/scores/%: FORCE
	+@$(call remember,rows $(call rows,$*) seeds $(seeds) with $(WITH))

$(experiments:%=$(OUT)/scores/%.csv): $(OUT)/scores/%.csv: $(OUT)/flags/scores/% $(WITH:=/%.csv) | $(OUT)/bin/plan
	@$(if $(MIX_PRECISIONS),,$(OUT)/bin/plan check-precisions --experiments $(EXPERIMENTS) $(filter %.csv,$^))
	@scripts/put $@ awk 'FNR > 1 || NR == 1' $(or $(filter %.csv,$^),$(error ROWS names no row of the table $*))

# By the ending of the file's name. The first one is shown.
FORMATS := txt md tex csv
format_of/txt := text
format_of/md := markdown
format_of/tex := latex
format_of/csv := csv
# Those experiments have published numbers. So have their variants: X-… those of X.
published := $(shell cut -d , -f 1 $(REFERENCE) | sort -u)
# $(1): ending.
render = $(timed) report tables/$(@F) $(OUT)/bin/report table $(in_experiment) $* $(if $(filter $(published) $(addsuffix -%,$(published)),$*),--reference $(REFERENCE)) --format $(format_of/$(1)) -o $@ $<

define table_as
$(OUT)/tables/%.$(1): $(OUT)/scores/%.csv $(OUT)/bin/report $(REFERENCE)
	@mkdir -p $$(@D)
	$$(Q)$$(call render,$(1))

endef
$(foreach ending,$(FORMATS),$(eval $(call table_as,$(ending))))
$(foreach kind,$(kinds),$(eval $(call sheet_of,$(kind))))

.PHONY: $(experiments:%=table-%)
$(experiments:%=table-%): table-%: $(foreach ending,$(FORMATS),$(OUT)/tables/%.$(ending))
	@cat $<

# Runs that are shared out to machines which share nothing, and brought together.

.PHONY: merge

# All runs with all seeds, the longest first; with SHARD=I/N every N-th of them. Each run begins at another seed, so that a
# shard has some of each.
shard := $(if $(SHARD),$(shell printf '%s\n' $(call quote,$(SHARD)) | awk -F / '/^[0-9]+\/[0-9]+$$/ && length <= 9 && 1 <= $$1 && $$1 <= $$2'))
ifneq ($(SHARD),$(shard))
$(error SHARD is "$(SHARD)", expected I/N, such as 2/8, with I from 1 to N)
endif
ifneq ($(and $(SHARD),$(filter-out runs,$(MAKECMDGOALS))),)
$(error SHARD is for make runs, which alone can be shared out; after it, make merge and make page)
endif
in_shard = $(shell printf '%s\n' $(1) | awk -v shard=$(shard) -v seeds='$(seeds)' 'BEGIN { split(shard, part, "/"); n = split(seeds, seed, " ") } \
    { for (i = 1; i <= n; i++) if ((NR + i - 1 - part[1]) % part[2] == 0) print "$(OUT)/scores/" $$0 "/seed-" seed[i] ".csv" }')
runs_in_order = $(filter $(asked_runs),$(longest_first))

merge: $(OUT)/bin/plan ## FROM="FOLDER …": bring in the runs of other machines, each folder the out/ of one
	@[ -n $(call quote,$(FROM)) ] || { echo 'make: name the out/ folders of other machines, as in make merge FROM="one/out two/out"' >&2; exit 1; }
	@$(PYTHON) scripts/merge.py --out $(OUT) --plan $(OUT)/bin/plan --experiments $(EXPERIMENTS) $(if $(MIX_PRECISIONS),--mix-precisions) $(FROM)

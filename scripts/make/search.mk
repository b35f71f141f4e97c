# The search of hyper-parameters, on seeds that no reported run has.

.PHONY: search

SEARCHES := scripts/experiments/searches.toml

search: $(OUT)/bin/mkenv $(OUT)/bin/train $(OUT)/bin/eval $(call idx,mnist) ## SEARCH=NAME JOBS=2: run a search of scripts/experiments/searches.toml
	@[ -n '$(SEARCH)' ] || { echo 'make: name a search of $(SEARCHES), as in make search SEARCH=cmnist-meta-irm' >&2; exit 1; }
	$(PYTHON) scripts/search.py run $(SEARCH) --jobs $(or $(JOBS),1)
	@$(PYTHON) scripts/search.py select $(SEARCH)

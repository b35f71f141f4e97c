# Attacks: kills, damaged and hostile files. docs/trust.md says what is promised and how often it was tried.

.PHONY: trust

KILLS ?= 200
MUTATIONS ?= 20000
# The seed of the damage and of the times of the kills.
ATTACK_SEED ?= 0

trust: $(PROGRAMS:%=$(OUT)/bin/%) ## Kills, damaged and hostile files: ten minutes; KILLS=200, MUTATIONS=20000
	@echo 'attack,cases,faults,seconds'
	@$(PYTHON) scripts/trust/hostile.py --bin $(OUT)/bin
	@$(PYTHON) scripts/trust/mutations.py --bin $(OUT)/bin --cases $(MUTATIONS) --seed $(ATTACK_SEED) --jobs $(cores)
	@$(PYTHON) scripts/trust/kills.py --bin $(OUT)/bin --kills $(KILLS) --seed $(ATTACK_SEED)

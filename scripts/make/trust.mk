# Attacks: hostile files, damaged files and kills. Each prints one line: attack,cases,faults,seconds. After a fault the others run too.

.PHONY: trust

KILLS ?= 200
MUTATIONS ?= 20000
# The seed of the damage and of the times of the kills.
ATTACK_SEED ?= 0

trust: $(PROGRAMS:%=$(OUT)/bin/%) ## Kills, damaged and hostile files: ten minutes; KILLS=200, MUTATIONS=20000
	@echo 'attack,cases,faults,seconds'
	@status=0; \
	$(PYTHON) scripts/trust/hostile.py --bin $(OUT)/bin || status=1; \
	$(PYTHON) scripts/trust/environments.py --bin $(OUT)/bin || status=1; \
	$(PYTHON) scripts/trust/losses.py --bin $(OUT)/bin || status=1; \
	$(PYTHON) scripts/trust/mutations.py --bin $(OUT)/bin --cases $(MUTATIONS) --seed $(ATTACK_SEED) --jobs $(cores) || status=1; \
	$(PYTHON) scripts/trust/kills.py --bin $(OUT)/bin --kills $(KILLS) --seed $(ATTACK_SEED) || status=1; \
	exit $$status

# Of each kernel that this CPU has. A product's number is the seed of its sizes and numbers.
SECONDS ?= 60
FIRST_PRODUCT ?= 0

.PHONY: trust-kernels
trust-kernels: ## Matrix products of random sizes against f64; SECONDS=60 for each kernel
	SECONDS_OF_EACH_KERNEL=$(SECONDS) FIRST_PRODUCT=$(FIRST_PRODUCT) cargo test --quiet --locked --release --package kernels --lib --test operands -- --ignored --nocapture products_of_random_sizes

.PHONY: fuzz
fuzz: ## Fuzz each reader, guided by coverage; SECONDS=60 for each, needs a C++ compiler
	@mkdir -p $(OUT)/fuzz
	@scripts/fuzz $(OUT)/fuzz $(SECONDS)

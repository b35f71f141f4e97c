# Benchmarks: a step beside PyTorch and JAX.

.PHONY: bench

$(OUT)/python/installed-jax: $(OUT)/python/installed
	$(OUT)/python/bin/pip install --quiet jax
	@touch $@

BENCHED := $(OUT)/environments/color/seed-0/train-1.safetensors $(OUT)/environments/color/seed-0/train-2.safetensors

bench: $(OUT)/python/installed-jax $(OUT)/bin/train $(BENCHED) ## Time a step beside PyTorch and JAX, which it installs
	@mkdir -p $(OUT)/bench
	$(OUT)/python/bin/python scripts/bench/bench.py --train $(OUT)/bin/train $(BENCHED) >$(OUT)/bench/steps.md
	@cat $(OUT)/bench/steps.md

# Rows of each environment. Ten million are two files of 3.7 GiB.
BENCH_ROWS ?= 100000,1000000,10000000

.PHONY: bench-rows

bench-rows: $(OUT)/python-numpy/installed $(OUT)/bin/train $(BENCHED) ## Time train --batch on environments of BENCH_ROWS rows
	@mkdir -p $(OUT)/bench
	$(OUT)/python-numpy/bin/python scripts/bench/bench_rows.py --train $(OUT)/bin/train --folder $(OUT)/bench/rows --rows $(BENCH_ROWS) $(BENCHED) >$(OUT)/bench/rows.csv
	@cat $(OUT)/bench/rows.csv

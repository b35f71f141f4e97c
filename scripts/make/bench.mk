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

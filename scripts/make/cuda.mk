# NVIDIA GPUs: checks and benchmarks. `make reproduce DEVICE=cuda BUILD_FLAGS="--features train/cuda"` trains on one.

.PHONY: check-cuda build-cuda bench-cuda

check-cuda: ## Compare CUDA with the CPU; needs an NVIDIA GPU and nvcc
	cargo test --locked --release -p objective --features cuda cuda

# CUDA's compiler and libraries as PyPI has them, for a machine without a GPU. cudarc refuses later ones than 13.0.
CUDA_WHEELS := nvidia-cuda-nvcc==13.0.* nvidia-nvvm==13.0.* nvidia-cuda-crt==13.0.* nvidia-cuda-runtime==13.0.* \
    nvidia-cuda-cccl==13.0.* nvidia-cuda-nvrtc==13.0.* nvidia-curand 'nvidia-cublas<13.1'

$(OUT)/python-cuda/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet $(CUDA_WHEELS)
	@touch $@

build-cuda: $(OUT)/python-cuda/installed ## Build train for GPUs, without one, with nvcc from PyPI; takes many minutes
	scripts/build-cuda $$(echo $(CURDIR)/$(<D)/lib/python3*/site-packages/nvidia/cu13) $(CURDIR)/$(OUT)/cuda

bench-cuda: $(OUT)/python/installed $(OUT)/bin/train $(BENCHED) ## Time a step on a GPU beside PyTorch, which it installs
	@mkdir -p $(OUT)/bench
	$(OUT)/python/bin/python scripts/bench/bench_cuda.py --train $(OUT)/bin/train $(BENCHED) >$(OUT)/bench/cuda.md
	@cat $(OUT)/bench/cuda.md

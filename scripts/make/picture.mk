# README's first picture: images of the two training environments and of the test environment.

.PHONY: picture

PICTURE := docs/images/environments.png
PICTURED := $(addprefix $(OUT)/environments/color/seed-0/,train-1.safetensors train-2.safetensors test-0.9.safetensors)

# The seed was chosen by eye, for digits that are easy to read; the share of each colour is the same with any.
picture: $(OUT)/bin/inspect $(PICTURED) ## Draw README's first picture again
	@mkdir -p $(dir $(PICTURE))
	$(OUT)/bin/inspect --sheet $(PICTURE) --columns 20 --seed 4 $(PICTURED)

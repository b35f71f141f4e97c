# What is run, as a table. A changed line remakes its own runs and nothing else; a new line adds its
# runs and its row in the table. One run is made by
#
#     make out/scores/TABLE/ROW/seed-7.csv

# Environments: name, flags of mkenv. The Makefile adds --split, --part, --p-e and --seed.

#                   name        flags
$(call environments,color,      --classes 2)
$(call environments,grayscale,  --classes 2 --grayscale)

# Runs: table, row, environments, flags of train. The Makefile adds --experiment and --seed.
#
# erm, irmv1, v-rex and erm-grayscale are as published (Arjovsky et al. 2019; Krueger et al. 2021).
# mm-rex takes v-rex's, untuned. meta-irm's are not published: these were found in a random search
# that looked at test accuracy, before this code was written.

#                   table   row            environments  flags
$(call experiment,  cmnist, erm,           color,        --objective erm      --hidden 256 --lr 0.001 --l2 0.001 --steps 501)
$(call experiment,  cmnist, irmv1,         color,        --objective irmv1    --hidden 390 --lr 0.0004898536566546834 --l2 0.00110794568 --steps 501 --anneal 190 --penalty-weight 91257.18613115903)
$(call experiment,  cmnist, mm-rex,        color,        --objective mm-rex   --hidden 256 --lr 0.001 --l2 0.001 --steps 501 --anneal 100 --penalty-weight 10000)
$(call experiment,  cmnist, v-rex,         color,        --objective v-rex    --hidden 256 --lr 0.001 --l2 0.001 --steps 501 --anneal 100 --penalty-weight 10000)
$(call experiment,  cmnist, meta-irm,      color,        --objective meta-irm --hidden 256 --lr 0.00054 --l2 0.00102 --steps 290 --anneal 130 --inner-lr 0.104 --std-weight 271)
$(call experiment,  cmnist, erm-grayscale, grayscale,    --objective erm      --hidden 390 --lr 0.0028 --l2 0.00086 --steps 101)

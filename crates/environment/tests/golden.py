"""What tests/golden.rs expects, by the documentation alone: prints the rows of one small environment.

    python3 crates/environment/tests/golden.py
"""

WORD, LONG = 2**32, 2**64
SHUFFLE, LABEL_NOISE, COLOUR, PATCH, MINIBATCHES = 1, 2, 3, 4, 6
SEED, SOURCE_ROWS, TEST_ROWS, PART, PARTS, P_E, NOISE = 2021, 60, 10, 2, 2, 0.4, 0.25


def key(seed):
    """rand_core's seed_from_u64: eight words of PCG32 (XSH RR)."""
    for _ in range(8):
        seed = (seed * 6364136223846793005 + 11634580027462260723) % LONG
        word, turn = ((seed >> 18 ^ seed) >> 27) % WORD, seed >> 59
        yield (word >> turn | word << 32 - turn) % WORD


def quarter_round(x, a, b, c, d):
    for one, other, third, turn in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
        x[one] = (x[one] + x[other]) % WORD
        x[third] ^= x[one]
        x[third] = (x[third] << turn | x[third] >> 32 - turn) % WORD


def numbers(seed, stream):
    """64-bit numbers of ChaCha8, whose nonce is the stream's number."""
    words = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key(seed), 0, 0, stream % WORD, stream >> 32]
    while True:
        x = list(words)
        for _ in range(4):
            for a in range(4):
                quarter_round(x, a, a + 4, a + 8, a + 12)
            for a in range(4):
                quarter_round(x, a, (a + 1) % 4 + 4, (a + 2) % 4 + 8, (a + 3) % 4 + 12)
        block = [(a + b) % WORD for a, b in zip(x, words)]
        for low, high in zip(block[::2], block[1::2]):
            yield low | high << 32
        words[12] += 1


def coins(stream, probability):
    draws = numbers(SEED, stream)
    return [(next(draws) >> 11) / 2**53 < probability for _ in range(SOURCE_ROWS)]


def shuffled(count, draws):
    rows = list(range(count))
    for last in range(count - 1, 0, -1):
        other = next(draws) * (last + 1) >> 64
        rows[last], rows[other] = rows[other], rows[last]
    return rows


rows = shuffled(SOURCE_ROWS - TEST_ROWS, numbers(SEED, SHUFFLE))[PART - 1 :: PARTS]

moved = {stream: coins(stream, p) for stream, p in [(LABEL_NOISE, NOISE), (COLOUR, P_E), (PATCH, P_E)]}
labels = [(row * 3 % 10 < 5) ^ moved[LABEL_NOISE][row] for row in rows]  # row r of the source is the digit 3r mod 10
print("indices", rows)
print("labels ", [int(label) for label in labels])
print("colors ", [int(label ^ moved[COLOUR][row]) for label, row in zip(labels, rows)])
print("patches", [int(label ^ moved[PATCH][row]) for label, row in zip(labels, rows)])
draws = numbers(SEED, MINIBATCHES + 2**32)
print("two orders of the second environment's minibatches", [shuffled(12, draws) for _ in range(2)])
